/**
 * Which measures there are, what each has to reach, and in which sessions they are taken: a session brings `count` programs up
 * with portsup, then with the floor, and takes all measures for that number while they run.
 */
import { LOG_FULL, LOG_MEASURES, LOG_QUICK } from './log-plan.mjs';
import { isOfProbes, PROBE_MEASURES } from './probe-session.mjs';

const cap = (id, what, target) => ({ id, what, ...target });

/** In the order of the table. `reach` is an upper limit on the median; `ofFloor`: on the multiple of the floor. */
export const MEASURES = [
  cap('kill-2', 'SIGKILL to new process in its own code, 2 services', { unit: 'ms', reach: 2.5 }),
  cap('kill-1000', 'SIGKILL to new process in its own code, one of 1000 services', { unit: 'ms', reach: 5 }),
  cap('ps-2', '`ps`, 2 services (floor: `node -e 0`)', { unit: 'ms', ofFloor: 1.7 }),
  cap('ps-1000', '`ps`, 1000 services (floor: `node -e 0`)', { unit: 'ms', ofFloor: 3 }),
  cap('up-2', '`up` from nothing, 2 programs', { unit: 'ms', reach: 250 }),
  cap('up-100', '`up` from nothing, 100 programs', { unit: 'ms', reach: 500 }),
  cap('up-1000', '`up` from nothing, 1000 programs', { unit: 'ms', reach: 2_000 }),
  cap('memory-2', 'memory of keeper + daemon, 2 services (floor: two idle `node`)', { unit: 'MB', reach: 45 }),
  cap('memory-100', 'memory of keeper + daemon, 100 services', { unit: 'MB', reach: 52 }),
  cap('memory-1000', 'memory of keeper + daemon, 1000 services', { unit: 'MB', reach: 85 }),
  cap('wakeups-1000', 'wake-ups a second, idle, 1000 services', { unit: '/s', reach: 0 }),
  cap('all-killed-200', '200 killed at once: all run again', { unit: 'ms', reach: 350 }),
  cap('down-100', '`down` of 100 obedient services', { unit: 'ms' }),
  ...LOG_MEASURES,
  ...PROBE_MEASURES,
];

/** How often what is done: `up` and `down` come once each round, the others in the first round only. */
export const FULL = {
  sessions: { 2: 7, 100: 5, 200: 1, 1000: 3 },
  kills: 30,
  ps: 15,
  masses: 5,
  idle: { restSeconds: 20, seconds: 10 },
  ...LOG_FULL,
};
export const QUICK = {
  sessions: { 2: 2, 100: 2, 200: 1, 1000: 1 },
  kills: 10,
  ps: 5,
  masses: 2,
  idle: { restSeconds: 3, seconds: 3 },
  ...LOG_QUICK,
};

/** The measures that names choose: a whole id (`up-100`) or its first words (`up`); all without names. */
export function chosen(names) {
  const ids = MEASURES.map(({ id }) => id);
  const isMeant = (id, name) => id === name || id.startsWith(`${name}-`);
  const unknown = names.filter((name) => !ids.some((id) => isMeant(id, name)));
  if (unknown.length > 0) throw new Error(`no measure is called ${unknown.join(', ')}; there are ${ids.join(', ')}`);
  return new Set(ids.filter((id) => names.length === 0 || names.some((name) => isMeant(id, name))));
}

/** Is it one of logs, and not of sessions? */
export const isOfLogs = (id) => LOG_MEASURES.some((measure) => measure.id === id);

/** Numbers of programs for which there is something to measure. */
export const countsOf = (ids) =>
  [...new Set([...ids].filter((id) => !isOfLogs(id) && !isOfProbes(id)).map((id) => Number(/\d+$/.exec(id)[0])))].sort(
    (left, right) => left - right,
  );
