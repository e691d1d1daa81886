/**
 * The value that supervision works on: plain JSON, never changed in place. A forest holds applications, an
 * application is one supervision tree. What `ps` prints and what is to happen next are both read off it.
 */
import type { Millis } from '../base/clock.js';
import type { Cause, Finding } from './cause.js';
import type { ServiceSpec, SupervisorSpec } from './spec.js';

/**
 * How a start came about, which decides what its failure means. boot: the supervisor starts its children for the
 * first time (failure ends it); restart: supervision asked (failure is charged to the budget and tried again);
 * hand and apply: a person asked (failure leaves the child as failed; nothing is tried again); reset: a supervisor
 * that gave up tries again (reset_after; failure is waited out once more); trigger: its time has come, or a file has changed
 * (as by hand).
 */
export type Origin = 'boot' | 'restart' | 'hand' | 'apply' | 'reset' | 'trigger';

/** What follows a stop: nothing, a start by hand, a start by a trigger, a restart as one that it is linked with has crashed. */
export type AfterStop = 'stopped' | 'start' | 'again' | 'linked';

/** How and when a run ended; code and signal are both null when it is not known. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly at: Millis;
  readonly finding?: Finding | undefined;
}

/** An ended child its supervisor has yet to react to; `failedStart`: it could not even be started. */
export interface Down {
  readonly phase: 'down';
  readonly clean: boolean;
  readonly failedStart: Origin | null;
  /** It ended while nobody supervised it, at a time that nobody knows: no budget can tell whether it was one too many. */
  readonly isMissed?: true;
}

export type ServiceState =
  /** Not running; started at its turn where `desired` is up. */
  | { readonly phase: 'stopped' }
  | { readonly phase: 'starting'; readonly origin: Origin; readonly since: Millis }
  /**
   * `killAsked`: a person injected this signal; should it end the run, the person did. `proving`: it is not ready yet, and so its start
   * is not over, which came about in this way; null: it is ready, or need not be.
   */
  | {
      readonly phase: 'running';
      readonly pid: number;
      readonly since: Millis;
      readonly killAsked: string | null;
      readonly proving: Origin | null;
    }
  /** To be started in this way, but not before `until` (its backoff; null: at once) and not before what it needs is up. */
  | { readonly phase: 'waiting'; readonly origin: Origin; readonly since: Millis; readonly until: Millis | null }
  | ServiceStopping
  | Down
  /** Ended and not to be started again by itself; `waiting`: but by its `cron`. */
  | { readonly phase: 'ended'; readonly how: 'completed' | 'failed' | 'stopped' | 'waiting' };

export interface ServiceStopping {
  readonly phase: 'stopping';
  /** Null while it is not known yet whether the program could be started. */
  readonly pid: number | null;
  readonly since: Millis;
  /** When SIGKILL is due; null: never (shutdown infinity), or it has been sent. */
  readonly killAt: Millis | null;
  /** The time it was given and has let pass, so that it needed SIGKILL; null: not so. */
  readonly overdueMs: Millis | null;
  readonly killed: boolean;
  readonly by: 'user' | 'supervisor' | 'probe';
  /** `down`: its supervisor reacts to it as to a crash. */
  readonly next: AfterStop | 'down';
  /** It is stopped as it has not become ready: what came about in this way has failed. Null: not so. */
  readonly failedStart: Origin | null;
  /** It has not been told yet, as others that are to stop, too, may need it; `graceMs`: as in the order, null: as configured. Null: it has been told. */
  readonly held: { readonly graceMs: Millis | null } | null;
}

/** Changes of files that restarted a service soon after its start, again and again: these files, so often in a row. */
export interface WatchLoop {
  readonly files: readonly string[];
  readonly count: number;
}

/**
 * `remove`: it goes as soon as it has stopped; `recreate`: it is stopped and started from a new specification; `follow`: the same, only because a sibling
 * is recreated.
 */
export type Leaving = 'no' | 'remove' | 'recreate' | 'follow';

export interface Service {
  readonly kind: 'service';
  readonly name: string;
  readonly spec: ServiceSpec;
  /** Takes effect when its run has ended; null: nothing is waiting for that. */
  readonly nextSpec: ServiceSpec | null;
  readonly desired: 'up' | 'stopped';
  readonly state: ServiceState;
  /** Number of its newest run; 0 before the first. */
  readonly run: number;
  /** Automatic restarts since it was last started by a person. */
  readonly restarts: number;
  readonly lastExit: Exit | null;
  readonly cause: Cause | null;
  /** An instance of a simple_one_for_one supervisor; forgotten when it has ended. */
  readonly dynamic: boolean;
  readonly leaving: Leaving;
  /** Null: its last start was for no change of files. */
  readonly watchLoop: WatchLoop | null;
  /** The newest run of which it was told that a time was passed over for it; 0: none. */
  readonly skippedRun: number;
  /** Ends by itself in a row, each sooner than its `backoff` resets; 0 without one. */
  readonly attempts: number;
}

/** How a stopping supervisor will have ended. */
export type Outcome =
  | { readonly end: 'asked'; readonly next: AfterStop }
  | { readonly end: 'gave_up' }
  | { readonly end: 'auto_shutdown' }
  | { readonly end: 'start_failed'; readonly origin: Origin };

export type SupervisorState =
  | { readonly phase: 'stopped' }
  | { readonly phase: 'starting'; readonly origin: Origin; readonly since: Millis }
  | { readonly phase: 'running'; readonly since: Millis }
  /** A group restart: of the children from `first` on, all are stopped, then all are started. */
  | {
      readonly phase: 'restarting';
      readonly since: Millis;
      readonly step: 'stop' | 'start';
      readonly first: string;
      /** The child whose end began it, as the cause of its siblings' restarts. */
      readonly cause: Cause;
    }
  | {
      readonly phase: 'stopping';
      readonly since: Millis;
      readonly killAt: Millis | null;
      /** Another grace than the configured one for each service below; null: as configured. */
      readonly graceMs: Millis | null;
      readonly by: 'user' | 'supervisor';
      readonly outcome: Outcome;
    }
  | Down
  /** `retryAt`: it gave up and tries again then (reset_after). */
  | { readonly phase: 'ended'; readonly how: 'failed' | 'stopped'; readonly retryAt: Millis | null };

/** A supervisor's specification without its children: they are nodes of the tree. */
export type Policy = Omit<SupervisorSpec, 'children'>;

export interface Supervisor {
  readonly kind: 'supervisor';
  readonly name: string;
  readonly spec: Policy;
  readonly desired: 'up' | 'stopped';
  readonly state: SupervisorState;
  readonly children: readonly Node[];
  /** Times of the restarts within the period (OTP supervisor: restarts). */
  readonly history: readonly Millis[];
  readonly run: number;
  readonly restarts: number;
  readonly cause: Cause | null;
  readonly leaving: Leaving;
  /** A new specification that takes effect as soon as what has to go has stopped. */
  readonly applying: Applying | null;
  /** Number of the next instance under simple_one_for_one. */
  readonly nextInstance: number;
  /** A person has opened its circuit breaker: nothing starts it before it is enabled (fuse: circuit_disable/1). */
  readonly isDisabled: boolean;
  /** Of the root: the watchdogs that are known to be up or down; the others are being looked at for the first time. */
  readonly watched: Readonly<Record<string, 'up' | 'down'>>;
}

/** A specification to be applied, to the selected paths only (none: to all). */
export interface Applying {
  readonly spec: SupervisorSpec;
  readonly names: readonly string[];
}

export type Node = Service | Supervisor;

export interface Application {
  readonly name: string;
  readonly root: Supervisor;
}

/** Every application by name, in the order they were brought up. */
export interface Forest {
  readonly apps: Readonly<Record<string, Application>>;
}

export const emptyForest: Forest = { apps: {} };

/** Has it a process, is it about to have one or waiting to? Of a supervisor: is it anything but stopped or ended? */
export function isLive(node: Node): boolean {
  const { phase } = node.state;
  return phase !== 'stopped' && phase !== 'down' && phase !== 'ended';
}

/** Is it there for who calls it, and nobody does? However its last run has ended, only a call or a person starts it again. */
export const isAsleep = (node: Node): boolean =>
  node.kind === 'service' && node.spec.onDemand && (node.state.phase === 'stopped' || node.state.phase === 'ended');

/** Is it on its way up, so that whoever comes after it has to wait? Also when it has failed to start and cleans up. */
export function isStarting(node: Node): boolean {
  if (node.state.phase === 'starting') return true;
  if (node.kind === 'service') {
    const { state } = node;
    if (state.phase === 'running') return state.proving !== null;
    return state.phase === 'stopping' && (isToStart(state.next) || state.failedStart !== null);
  }
  if (node.state.phase !== 'stopping') return node.state.phase === 'restarting';
  const { outcome } = node.state;
  return outcome.end === 'start_failed' || (outcome.end === 'asked' && isToStart(outcome.next));
}

/** Is it started as soon as it has stopped? */
export const isToStart = (next: AfterStop | 'down'): boolean => next !== 'stopped' && next !== 'down';

/**
 * Is a start supervision's own doing, and no person's? A first start is where its supervisor was restarted, which the
 * child then has as its cause; a run that a person asked for has none. Any other cause of its is why it stopped before.
 */
export const isAutomatic = (node: Node, origin: Origin): boolean =>
  origin === 'restart' || origin === 'reset' || origin === 'trigger' || (origin === 'boot' && node.cause?.type === 'supervisor');

/** The automatic restarts of a node that is about to be started: a trigger's are none, and end no series. */
export function restartsAfter(node: Node, origin: Origin): number {
  if (origin === 'trigger') return node.restarts;
  return isAutomatic(node, origin) ? node.restarts + 1 : 0;
}

/** Does a start that fails leave the child as failed, so that nothing is tried again? */
export const isAnswered = (origin: Origin): boolean => origin === 'hand' || origin === 'apply' || origin === 'trigger';

/** Is a supervisor at work, so that its children can be started and stopped one by one? */
export const isActive = (supervisor: Supervisor): boolean =>
  supervisor.state.phase === 'starting' || supervisor.state.phase === 'running' || supervisor.state.phase === 'restarting';

/** Are all supervisors above `path` at work, so that what is there can be started and stopped by itself? */
export function isReachable(root: Supervisor, path: string): boolean {
  let node: Node | undefined = root;
  for (const name of path === '' ? [] : path.split('/')) {
    if (node?.kind !== 'supervisor' || !isActive(node)) return false;
    node = node.children.find((child) => child.name === name);
  }
  return node !== undefined;
}

/** The node at `path` ("" is the root), or undefined. */
export function findNode(root: Supervisor, path: string): Node | undefined {
  if (path === '') return root;
  let node: Node | undefined = root;
  for (const name of path.split('/')) {
    if (node?.kind !== 'supervisor') return undefined;
    node = node.children.find((child) => child.name === name);
  }
  return node;
}

/** The tree with another node at `path` ("" is the root); the same object when it is the same node, or there is none. */
export function changeAt(root: Supervisor, path: string, change: (node: Node) => Node): Supervisor {
  const changed = changeBelow(root, path === '' ? [] : path.split('/'), change);
  return changed.kind === 'supervisor' ? changed : root;
}

function changeBelow(node: Node, [name, ...names]: readonly string[], change: (node: Node) => Node): Node {
  if (name === undefined) return change(node);
  if (node.kind === 'service') return node;
  const index = node.children.findIndex((child) => child.name === name);
  const child = node.children[index];
  if (!child) return node;
  const changed = changeBelow(child, names, change);
  return changed === child ? node : withChild(node, index, changed);
}

/** A copy with another child at `index`. */
export const withChild = (supervisor: Supervisor, index: number, child: Node): Supervisor => ({
  ...supervisor,
  children: supervisor.children.with(index, child),
});
