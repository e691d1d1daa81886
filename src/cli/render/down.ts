/** The lines of `monitor`. Pure. */
import type { DownLine } from '../../control/registry-rows.js';
import { exitText, type HistoryLook, nameOf } from './history.js';
import { escapeControls } from './text.js';

/** "DOWN web pid 1234 run 3: signal SIGKILL", "DOWN web: noproc". */
export function renderDown(down: DownLine, { paint, severalApps }: Pick<HistoryLook, 'paint' | 'severalApps'>): string {
  const pid = down.pid === null ? '' : ` pid ${down.pid}`;
  const run = down.run === null ? '' : ` run ${down.run}`;
  return `${paint.red('DOWN')} ${nameOf(down, severalApps)}${paint.dim(pid + run)}: ${escapeControls(causeText(down))}`;
}

/** How it ended is the cause of an end by itself; of what was stopped the cause is another one, and both count. */
function causeText({ cause, exit }: DownLine): string {
  if (exit === null || saysHow(cause, exit)) return cause;
  return `${cause} (${exitText(exit)})`;
}

const saysHow = (cause: string, { code, signal }: NonNullable<DownLine['exit']>): boolean =>
  signal === null ? code === null || cause.includes(`exit code ${code}`) : cause.includes(`signal ${signal}`);
