/** What `breaker` says of a supervisor. Pure. */
import type { PsRow } from '../../control/contract.js';
import { type Paint, paintState } from './paint.js';
import { escapeControls } from './text.js';
import { budgetText } from './tree.js';

/** "backend: running, one_for_one, 1 of 3 restarts used in 5s", "backend: stopped, disabled by hand". */
export function renderBreaker(row: PsRow & { readonly kind: 'supervisor' }, paint: Paint): string {
  const { app, path, state, why } = row;
  const isAtWork = state === 'running' || why === null;
  return `${path || app}: ${paintState(paint, state)(state)}, ${isAtWork ? budgetText(row) : escapeControls(why)}`;
}
