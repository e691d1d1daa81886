/** How alarms are called. Pure. */
import type { AlarmSource } from '../../health/alarms.js';

/** Of portsup's own: what of its surroundings is wrong. No outside program may call one of its own so. */
export const CONDITION_IDS = ['disk', 'journal', 'logs', 'copies', 'state', 'files', 'watch'] as const;
export type ConditionId = (typeof CONDITION_IDS)[number];

/** Those about something of an application. They have a space in them, which those of outside programs have not. */
type PlacedSource = Exclude<AlarmSource, 'portsup' | 'outside'>;

/** Of an application's service, supervisor or watchdog: "liveness shop:backend/api"; of its root: "gave_up shop". */
export const idOf = (source: PlacedSource, { app, path }: { readonly app: string; readonly path: string }): string =>
  path === '' ? `${source} ${app}` : `${source} ${app}:${path}`;

/** Longest id of an outside program. */
export const LONGEST_ID = 128;

/** Short, and one word in every shell. */
const OUTSIDE = /^[A-Za-z0-9][A-Za-z0-9_./:@+-]*$/;

/** Why an outside program cannot call its alarm so, though it is none of portsup's own; null: it can. */
export function idProblem(id: string): string | null {
  if (id.length > LONGEST_ID) return `it is longer than ${LONGEST_ID} characters`;
  return OUTSIDE.test(id) ? null : 'a letter or digit, then letters, digits and any of _ . / : @ + -';
}

/** Is it one that portsup sets and clears itself? */
export const isOwn = (id: string): boolean => CONDITION_IDS.some((own) => own === id) || PLACED.test(id);

const PLACED = /^(?:liveness|watchdog|gave_up|restarts|memory|log_budget) \S+$/;
