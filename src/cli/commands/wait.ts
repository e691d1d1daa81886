import { PortsupError } from '../../base/errors.js';
import { waitUntil } from '../../client/wait.js';
import type { WaitedFor, WaitFor, WaitRow } from '../../control/registry-rows.js';
import { numberOf, textOf } from '../arguments.js';
import { callerOf } from '../call.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';
import { startProgress } from '../progress.js';
import { scopeOf } from '../scope.js';

/** How a run ended is not known. */
const UNKNOWN = 1;
const KINDS: readonly WaitFor[] = ['ready', 'stopped', 'exit', 'gone'];

/** `wait NAME...`: blocks until it is so. Of `--for exit` it prints exit codes, and ends with the first one that is not 0. */
export async function wait(context: Context): Promise<number> {
  const { line } = context;
  const until = untilOf(context);
  const interruption = listenForInterrupt();
  const progress = startProgress(context, 'waiting');
  let waitingFor: readonly WaitedFor[] = [];
  const limitMs = numberOf(line, 'timeout');
  try {
    const rows = await waitUntil(callerOf(context), {
      scope: scopeOf(context),
      names: line.operands,
      until,
      limitMs,
      signal: interruption.signal,
      onWaiting: (told, total) => {
        waitingFor = told;
        progress.update({ type: 'progress', done: total - told.length, total, waitingFor: told.map(shown) });
      },
    });
    if (!rows) throw new PortsupError('INTERRUPTED', `interrupted${whom(waitingFor)}`, '"portsup ps" shows how things are');
    await progress.stop();
    return await answer(context, until, rows);
  } finally {
    await progress.stop();
    interruption.release();
  }
}

function untilOf({ line }: Context): WaitFor {
  const text = textOf(line, 'for') ?? 'ready';
  const until = KINDS.find((kind) => kind === text);
  if (until) return until;
  throw new PortsupError('USAGE', `--for: "${text}" cannot be waited for`, `one of ${KINDS.join(', ')}; see --help`);
}

const shown = ({ app, path, state }: WaitedFor): { readonly path: string; readonly state: string; readonly killInMs: null } => ({
  path: path || app,
  state: state ?? 'not there',
  killInMs: null,
});

const whom = (waitingFor: readonly WaitedFor[]): string =>
  waitingFor.length === 0 ? '' : ` while waiting for ${waitingFor.map(({ app, path }) => path || app).join(', ')}`;

async function answer(context: Context, until: WaitFor, rows: readonly WaitRow[]): Promise<number> {
  const { json, out } = context;
  if (json) await printJson(context, rows);
  if (until !== 'exit') return 0;
  if (!json) await out.print(rows.map(({ code }) => (code === null ? 'unknown' : String(code))));
  for (const { path, run, code } of rows) {
    if (code === null) await note(context, `note: nobody knows how run ${run} of ${path} ended`);
  }
  return rows.map(({ code }) => code ?? UNKNOWN).find((code) => code !== 0) ?? 0;
}
