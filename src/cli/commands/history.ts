import { parseDuration } from '../../base/duration.js';
import { PortsupError } from '../../base/errors.js';
import { numberOf, textOf } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { renderHistory } from '../render/history.js';
import { scopeOf } from '../scope.js';
import { localTime } from '../time.js';

/** How many entries are shown when nobody says. */
const DEFAULT_LINES = 50;

/** `history [NAME...]`: what happened, newest last. */
export async function history(context: Context): Promise<number> {
  const { line, out } = context;
  const since = sinceOf(textOf(line, 'since'));
  const lines = numberOf(line, 'lines') ?? (since === undefined ? DEFAULT_LINES : -1);
  const entries = await ask(context, 'GET /v1/history', {
    ...scopeOf(context),
    names: line.operands,
    lines: lines < 0 ? undefined : lines,
    since,
  });
  if (context.json) await out.print([JSON.stringify(entries, null, out.isTerminal ? 2 : undefined)]);
  else {
    const severalApps = new Set(entries.flatMap(({ app }) => app ?? [])).size > 1;
    await out.print(renderHistory(entries, { width: out.width(), paint: await out.paint(), showTime: localTime, severalApps }));
  }
  return 0;
}

/** A duration is counted back from now; anything else has to be a date. */
function sinceOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const at = ago === undefined ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(at.getTime()))
    throw new PortsupError(
      'USAGE',
      `--since: "${text}" is neither a time nor a duration`,
      'for example --since 10m or --since 2026-11-20T12:00:00Z',
    );
  return at.toISOString();
}
