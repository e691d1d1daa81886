/** What `breaker` says of a supervisor. Pure. */
import { formatDuration } from '../../base/duration.js';
import type { SupervisorRow } from '../../control/contract.js';
import { type Paint, paintState } from './paint.js';
import { escapeControls } from './text.js';

/** "backend: ok, running, 1 of 3 restarts used in 5s"; "backend: blown, failed: gave up ...; tries again in 30s". */
export function renderBreaker(row: SupervisorRow, paint: Paint): string {
  const { app, path, state, breaker, why } = row;
  const name = path || app;
  const head = `${name}: ${paintState(paint, state)(`${breaker ?? 'ok'}, ${state}`)}`;
  if (breaker === 'disabled') return `${head}; "portsup breaker enable ${name}" has it started again`;
  if (breaker === 'blown') return `${head}${why === null ? '' : `: ${escapeControls(why)}`}`;
  return `${head}, ${row.restartsInWindow} of ${row.intensity} restarts used in ${formatDuration(row.periodMs)}`;
}
