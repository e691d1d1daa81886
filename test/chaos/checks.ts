/** What must hold after every round: each check throws with what it has found. */
import type { HistoryEntry, LogLine, PsRow } from '../../src/control/contract.js';
import { type Expectation, isOnItsWay } from './expectation.js';
import type { Processes, Said, Start } from './facts.js';
import { type GroupPlan, groupsOf, pathOf, servicesOf } from './plan.js';

/** The lock of a service was never taken twice, and no run was started twice. `starts`: since everything was down. */
export function checkStarts(starts: readonly Start[], duplicates: readonly string[]): void {
  if (duplicates.length > 0) throw new Error(`started while it ran: ${duplicates.join('; ')}`);
  const last = new Map<string, number>();
  for (const { name, run, pid } of starts) {
    const before = last.get(name) ?? 0;
    if (run <= before) throw new Error(`${name} (${pid}): run ${run} was started after run ${before}`);
    last.set(name, run);
  }
}

/** The command for events got whole lines only. */
export function checkTold(lines: readonly string[]): void {
  for (const line of lines) {
    try {
      JSON.parse(line);
    } catch (error) {
      throw new Error(`the command for events was told ${line}`, { cause: error });
    }
  }
}

/** Why the table and /proc do not say the same, or not what was asked for; null if all is well. It may only need time. */
export function whyNotAtRest(
  rows: readonly PsRow[],
  now: { readonly processes: Processes; readonly starts: readonly Start[] },
  expected: Expectation,
): string | null {
  const isFailed = rows.some(({ path, state }) => path === '' && state === 'failed');
  if (isFailed && !expected.mayFail) return 'the application has given up';
  for (const { path, kind, state } of rows) {
    const resting = kind === 'service' ? ['running', 'stopped', 'completed', 'failed'] : ['running', 'stopped', 'failed'];
    if (!resting.includes(state) && !(expected.mayFail && isOnItsWay(state))) return `${path || 'the application'} is ${state}`;
  }
  return whyNotInProc(rows, now) ?? (isFailed ? null : whyNotWished(rows, expected));
}

function whyNotInProc(
  rows: readonly PsRow[],
  { processes, starts }: { readonly processes: Processes; readonly starts: readonly Start[] },
): string | null {
  const running = rows.filter((row) => row.kind === 'service' && row.state === 'running');
  for (const { path, pid, run } of running) {
    const process = processes.marked.find((one) => one.pid === pid);
    if (process?.path !== path || process.run !== run || process.main === null)
      return `${path} is listed as run ${run} in ${pid}, which is not there`;
    if (!starts.some((start) => start.pid === pid && start.run === run)) return `${path} has not noted run ${run}`;
  }
  const stray = processes.marked.find(({ path, run }) => !running.some((row) => row.path === path && row.run === run));
  return stray ? `${stray.command} (${stray.pid}) of run ${stray.run} of ${stray.path} is in no table` : null;
}

function whyNotWished(rows: readonly PsRow[], expected: Expectation): string | null {
  for (const { name } of servicesOf(expected.plan)) {
    const path = pathOf(expected.plan, name);
    const state = rows.find((row) => row.path === path)?.state;
    const wish = expected.wishOf(name);
    if (state === undefined) return `${path} is not listed`;
    if (wish === 'up' && state !== 'running') return `${path} is to be up, and is ${state}`;
    if ((wish === 'stopped' || wish === 'ended') && state === 'running') return `${path} is ${wish}, but runs`;
  }
  return rows.length === 1 + servicesOf(expected.plan).length + groupsOf(expected.plan).length
    ? null
    : 'what is listed is not what is configured';
}

/** Whom nothing has happened to is in the same process and run as before. */
export function checkPids(before: readonly PsRow[], after: readonly PsRow[], expected: Expectation): void {
  for (const { name } of servicesOf(expected.plan)) {
    if (expected.isTouched(name) || expected.mayFail) continue;
    const path = pathOf(expected.plan, name);
    const [old, now] = [before, after].map((rows) => rows.find((row) => row.path === path));
    if (old?.pid !== now?.pid || old?.run !== now?.run)
      throw new Error(`nothing has happened to ${path}, but it was run ${old?.run} in ${old?.pid} and is run ${now?.run} in ${now?.pid}`);
  }
}

const LINE = /^(run (\d+) of \S+) (out|err) (\d+)( end)?$/;

/** How many lines of each stream of each run have come, by "NAME STREAM". @throws Error at a line that is torn, doubled, lost or out of order. */
export function countLines(lines: readonly LogLine[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const torn = new Set<string>();
  for (const { path, run, stream, text } of lines) {
    const [, name, inRun, inStream, number, end] = LINE.exec(text) ?? [];
    if (name === undefined || Number(inRun) !== run || inStream !== stream)
      throw new Error(`${path}, run ${run}, ${stream}: torn or misplaced: "${text}"`);
    const key = `${name} ${stream}`;
    const before = counts.get(key) ?? 0;
    if (torn.has(key)) throw new Error(`${path}: line ${before} of ${key} was torn`);
    if (Number(number) !== before + 1) throw new Error(`${path}: ${key} has line ${number} after ${before}`);
    counts.set(key, before + 1);
    // The beginning of a line is all there is of one that is just being said, or was when its program was killed.
    if (end === undefined) torn.add(key);
  }
  return counts;
}

/** A line that a program has said and that has not come (yet, if it lives); null if there is none. */
export function findMissing(truth: ReadonlyMap<string, Said>, counts: ReadonlyMap<string, number>): string | null {
  for (const [name, said] of truth) {
    for (const stream of ['out', 'err'] as const) {
      const come = counts.get(`${name} ${stream}`) ?? 0;
      if (come < said[stream]) return `${name} has said ${said[stream]} lines on ${stream}, ${come} have come`;
    }
  }
  return null;
}

/** Runs of which there is no entry. A daemon that is killed takes with it what it had not yet written. */
export function unknownStarts(history: readonly HistoryEntry[], starts: readonly Start[]): readonly Start[] {
  // One that is stopped while it is being started has no other entry than that of its end.
  const known = new Set(history.map(({ pid, run }) => `${pid} ${run}`));
  return starts.filter(({ pid, run }) => !known.has(`${pid} ${run}`));
}

/** No group has restarted more often within its period than its intensity allows. */
export function checkBudgets(history: readonly HistoryEntry[], plan: GroupPlan): void {
  for (const group of [plan, ...groupsOf(plan)]) {
    const path = group.name === '' ? '' : pathOf(plan, group.name);
    for (const life of livesOf(history, path)) checkLife(unitsIn(life, path), group);
  }
}

/** A restart was charged between its child's end and its start. */
interface Unit {
  readonly from: number;
  readonly to: number;
}

function checkLife(units: readonly Unit[], { name, intensity, periodMs }: GroupPlan): void {
  units.forEach((last, index) => {
    const first = units[index - intensity];
    if (first && last.to - first.from <= periodMs)
      throw new Error(
        `${name || 'the application'}: ${intensity + 1} restarts in ${last.to - first.from} ms, ${intensity} in ${periodMs} ms are allowed`,
      );
  });
}

/** Entries between its stops: a group that was stopped or has given up begins with an empty budget. */
function livesOf(history: readonly HistoryEntry[], path: string): readonly (readonly HistoryEntry[])[] {
  const lives: HistoryEntry[][] = [[]];
  for (const entry of history) {
    if (entry.path === path && ['gave_up', 'stopping', 'stopped'].includes(entry.event)) lives.push([]);
    else lives.at(-1)?.push(entry);
  }
  return lives;
}

/** What is a child's own end, and not its group's or a sibling's doing. An unknown end may have been missed; those cost nothing. */
const OWN_CAUSE = /^(?:exit code |signal |gave up \()/;

function unitsIn(life: readonly HistoryEntry[], path: string): readonly Unit[] {
  const ends = new Map<string, number>();
  return life.flatMap(({ at, path: child, event, cause }): readonly Unit[] => {
    if (child === null || child === '' || child.split('/').slice(0, -1).join('/') !== path) return [];
    const time = Date.parse(at);
    if (event === 'exited' || event === 'gave_up') ends.set(child, time);
    return event === 'restarted' && cause !== null && OWN_CAUSE.test(cause) ? [{ from: ends.get(child) ?? time, to: time }] : [];
  });
}
