/**
 * What starts and restarts a service besides its own end and a person: its time has come (`cron`), files have changed (`watch`), it
 * takes too much memory. The first two are as by hand, but for who is said to have done it; the third is as a crash. What a person has
 * stopped is left alone, and so is what is about to be replaced or removed.
 */
import type { Millis } from '../base/clock.js';
import type { Cause } from './cause.js';
import { startSupervisor } from './child.js';
import { failRun } from './health.js';
import { isDue, isJob } from './job.js';
import { startService } from './service.js';
import { stopService } from './stop-service.js';
import { changeAt, findNode, isActive, type Node, type Service, type Supervisor, type WatchLoop } from './tree.js';
import { into, report, type Turn } from './turn.js';

/** A change so soon after a start may be the program's own doing. */
const SOON_MS: Millis = 3_000;
/** So many of these in a row are. */
const LOOP_COUNT = 5;

/** Is it watched no more, as each start changed what is watched? */
export const isWatchOff = ({ watchLoop }: Service): boolean => watchLoop !== null && watchLoop.count >= LOOP_COUNT;

/** A time of a service's `cron` has come: what is live is restarted; a job is started, unless its last run goes on. */
export function onCronDue(turn: Turn, root: Supervisor, path: string): Supervisor {
  const service = findNode(root, path);
  if (service?.kind !== 'service' || service.spec.cron === null) return root;
  return triggered(turn, root, { path, cause: { type: 'cron', expression: service.spec.cron } });
}

/** Files that a service watches have changed: it is restarted, or started if it has ended, and so are the supervisors above it. */
export function onFilesChanged(
  turn: Turn,
  root: Supervisor,
  { path, files }: { readonly path: string; readonly files: readonly string[] },
): Supervisor {
  const service = findNode(root, path);
  if (service?.kind !== 'service' || service.spec.watch === null || service.desired === 'stopped' || isWatchOff(service)) return root;
  const watchLoop = nextLoop(turn.at, service, files);
  const noted = changeAt(root, path, (node) => ({ ...node, watchLoop }) as Node);
  const [file = ''] = watchLoop.files;
  if (watchLoop.count >= LOOP_COUNT) {
    report(at(turn, path), { type: 'info', event: 'watch_stopped', run: service.run, cause: { type: 'watch_loop', file } });
    return noted;
  }
  const after = triggered(turn, noted, { path, cause: { type: 'watch', files } });
  return after === noted ? root : after;
}

/** A run takes more memory than it may: it is stopped, and its supervisor reacts as to a crash. */
export function onMemoryExceeded(
  turn: Turn,
  root: Supervisor,
  { path, run, bytes }: { readonly path: string; readonly run: number; readonly bytes: number },
): Supervisor {
  const causeOf = ({ spec: { maxMemoryBytes: limitBytes } }: Service): Cause | null =>
    limitBytes !== null && bytes > limitBytes ? { type: 'memory_limit', bytes, limitBytes } : null;
  return failRun(turn, root, { path, run, by: 'supervisor', causeOf });
}

const at = (turn: Turn, path: string): Turn => ({ ...turn, path });

/** How the series goes on; the files are those that were among the changed ones each time. */
function nextLoop(now: Millis, { state, lastExit, watchLoop }: Service, files: readonly string[]): WatchLoop {
  const since = state.phase === 'running' || state.phase === 'starting' ? state.since : (lastExit?.at ?? Number.NEGATIVE_INFINITY);
  if (now - since > SOON_MS) return { files, count: 0 };
  const again = watchLoop?.files.filter((file) => files.includes(file)) ?? [];
  return again.length > 0 && watchLoop ? { files: again, count: watchLoop.count + 1 } : { files, count: 1 };
}

type Reason = Extract<Cause, { type: 'cron' | 'watch' }>;

interface Way {
  readonly names: readonly string[];
  readonly parent: Supervisor | null;
  readonly cause: Reason;
}

function triggered(turn: Turn, root: Supervisor, { path, cause }: { readonly path: string; readonly cause: Reason }): Supervisor {
  const after = follow(turn, root, { names: path.split('/'), parent: null, cause });
  return after.kind === 'supervisor' ? after : root;
}

/** Follows the way to the service as far as all is at work; the same object where nothing follows. */
function follow(turn: Turn, node: Node, { names, parent, cause }: Way): Node {
  if (node.desired === 'stopped' || node.leaving !== 'no') return node;
  if (node.kind === 'service') return act(turn, node, { cause, isItsTurn: parent?.state.phase === 'running' });
  if (!isActive(node)) return cause.type === 'watch' ? wake(turn, node, { parent, cause }) : node;
  const [name = '', ...rest] = names;
  const children = node.children.map((child) =>
    child.name === name ? follow(into(turn, name), child, { names: rest, parent: node, cause }) : child,
  );
  return children.every((child, index) => child === node.children[index]) ? node : { ...node, children };
}

/** A supervisor that has ended, given up for instance, is started as a whole; what a person or its own supervisor has ended is not. */
function wake(turn: Turn, supervisor: Supervisor, { parent, cause }: Pick<Way, 'parent' | 'cause'>): Supervisor {
  const { state } = supervisor;
  if (state.phase === 'stopping' && state.outcome.end !== 'asked') {
    return { ...supervisor, cause, state: { ...state, outcome: { end: 'asked', next: 'again' } } };
  }
  const isItsTurn = parent === null || parent.state.phase === 'running';
  return state.phase === 'ended' && isItsTurn ? startSupervisor(turn, { ...supervisor, cause }, 'trigger') : supervisor;
}

/** Files restart whatever is live, and start what has ended; the clock does the first for services, and the second for jobs. */
function act(turn: Turn, service: Service, { cause, isItsTurn }: { readonly cause: Reason; readonly isItsTurn: boolean }): Service {
  const { state, spec } = service;
  const isTimeOfJob = cause.type === 'cron' && isJob(spec);
  switch (state.phase) {
    case 'starting':
    case 'running':
      if (isTimeOfJob) return skip(turn, service);
      return stopService(turn, service, { by: 'supervisor', cause, next: 'again', graceMs: null });
    case 'stopping':
    case 'down':
      return isTimeOfJob ? skip(turn, service) : service;
    case 'waiting':
      // Its next attempt may well be better.
      if (cause.type === 'watch' && isItsTurn) return startService(turn, { ...service, cause }, 'trigger');
      return isTimeOfJob ? skip(turn, service) : service;
    case 'ended':
      if (isJob(spec) !== (cause.type === 'cron')) return service;
      return isItsTurn ? startService(turn, { ...service, cause }, 'trigger') : { ...service, cause, state: { phase: 'stopped' } };
    case 'stopped':
      return isTimeOfJob && !isDue(service) ? { ...service, cause } : service;
    default:
      return state satisfies never;
  }
}

/** Told once for each run: one of an hour that is to come every second would tell nothing else. */
function skip(turn: Turn, service: Service): Service {
  const { run, spec, skippedRun } = service;
  if (skippedRun === run) return service;
  report(turn, { type: 'info', event: 'skipped', run, cause: { type: 'cron_overlap', expression: spec.cron ?? '', run } });
  return { ...service, skippedRun: run };
}
