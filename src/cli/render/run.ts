/** One run whole: every fact, its entries, its last lines. Pure. */
import type { LogLine, RunReply, RunRow } from '../../control/contract.js';
import { exitText, renderHistory } from './history.js';
import type { Paint } from './paint.js';
import { endingText, lastedText, paintEnding } from './run-text.js';
import { escapeControls, excerptOf } from './text.js';

/** How times and colours are shown. */
export interface RunLook {
  readonly paint: Paint;
  readonly showTime: (iso: string) => string;
  readonly width: number | undefined;
}

/** The lines of the block. */
export function renderRun({ run, entries, lastLines }: RunReply, look: RunLook): readonly string[] {
  const table = entries.length === 0 ? [] : ['', look.paint.dim('entries:'), ...renderHistory(entries, { ...look, severalApps: false })];
  return [...factLines(factsOf(run, look), look.paint), ...table, ...outputLines(lastLines, look)];
}

type Fact = readonly [key: string, value: string];

/** Facts as "key: value" lines, the values below one another. */
export function factLines(facts: readonly Fact[], paint: Paint): readonly string[] {
  const width = Math.max(...facts.map(([key]) => key.length)) + 1;
  return facts.map(([key, value]) => `${paint.dim(`${key}:`.padEnd(width))} ${value}`);
}

/** The last lines of output under their title, the beginnings of those that are very long; nothing where there are none. */
export function outputLines(lines: readonly LogLine[], { paint, showTime }: Pick<RunLook, 'paint' | 'showTime'>): readonly string[] {
  if (lines.length === 0) return [];
  const output = lines.map((line) => `  ${paint.dim(`${showTime(line.at)} ${line.stream}`)} ${escapeControls(excerptOf(line.text))}`);
  return ['', paint.dim('last output:'), ...output];
}

function factsOf(run: RunRow, { paint, showTime }: RunLook): readonly Fact[] {
  const time = (at: string | null): string => (at === null ? '-' : showTime(at));
  const isOver = run.state !== 'running';
  return [
    ['name', run.path],
    ['app', run.app],
    ['run', String(run.run)],
    ['state', paintEnding(paint, run)(run.state)],
    ['failed', run.isFailed ? 'yes' : 'no'],
    ['pid', run.pid === null ? '-' : String(run.pid)],
    ['started', time(run.startedAt)],
    ['started by', run.startedBy ?? '-'],
    ['started because', escapeControls(run.startCause ?? '-')],
    ['stopping since', time(run.stoppingAt)],
    ['ended', time(run.endedAt)],
    ['lasted', lastedText(run)],
    ['how', isOver ? endingText(run) : '-'],
    ['exit', exitText(run.exit)],
    ['cause', escapeControls(run.cause ?? '-')],
    ['ended by', run.endedBy ?? '-'],
  ];
}
