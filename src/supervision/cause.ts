import type { Millis } from '../base/clock.js';
import { formatDuration } from '../base/duration.js';
import type { Strategy } from './spec.js';
import { describeTrigger, type TriggerCause } from './trigger-cause.js';

/** What was found out about a signal that ended a run: the system was out of memory, or there is a core dump (absolute path). */
export type Finding = { readonly type: 'out_of_memory' } | { readonly type: 'core_dumped'; readonly file: string };

/** Why a service or supervisor is in the state it is in. Plain data; {@link describeCause} is its sentence. */
export type Cause =
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'signal'; readonly signal: string; readonly finding?: Finding | undefined }
  /** It ended, but nobody could read its exit status; `isLeft`: so it is not started again, it may have done its work. */
  | { readonly type: 'unknown'; readonly isLeft?: true }
  | { readonly type: 'start_failed'; readonly message: string }
  /** Its strategy reacted to the end of a sibling. */
  | { readonly type: 'sibling'; readonly path: string; readonly cause: Cause | null; readonly strategy: Strategy }
  | { readonly type: 'failed_to_start_child'; readonly path: string; readonly cause: Cause | null }
  | { readonly type: 'gave_up'; readonly intensity: number; readonly periodMs: Millis; readonly path: string; readonly cause: Cause | null }
  | { readonly type: 'auto_shutdown'; readonly path: string }
  /** Its supervisor ended, for the given cause. */
  | { readonly type: 'supervisor'; readonly path: string; readonly cause: Cause | null }
  | { readonly type: 'by_hand'; readonly verb: string }
  /** An `up` came with a configuration that has it no more. */
  | { readonly type: 'removed' }
  /** portsup itself was asked to end, and everything with it. */
  | { readonly type: 'halted' }
  | TriggerCause
  | HealthCause
  | { readonly type: 'not_in_time'; readonly graceMs: Millis }
  /** Processes of a run that were no longer in its process group when it ended: "sleep (1234)". */
  | { readonly type: 'left_group'; readonly processes: readonly string[] }
  /** Processes of runs that a keeper started which was killed, and of which nothing else is known. */
  | { readonly type: 'not_known'; readonly processes: readonly string[] }
  /** Processes of a run that has ended and that go on: they belong to somebody else, or are in uninterruptible sleep. */
  | { readonly type: 'not_killable'; readonly processes: readonly string[] }
  /** The last of a run that were found and killed when time was up: there was always another one, and some may go on. */
  | { readonly type: 'not_outrun'; readonly processes: readonly string[] };

/** Causes that have to do with readiness, liveness, what a service needs and what it is linked with. */
type HealthCause =
  /** It was not ready in time; `text` is the last answer. */
  | { readonly type: 'not_ready'; readonly text: string }
  | { readonly type: 'ended_unready'; readonly cause: Cause }
  | { readonly type: 'unhealthy'; readonly text: string }
  | { readonly type: 'needs'; readonly names: readonly string[] }
  | { readonly type: 'backoff'; readonly delayMs: Millis; readonly cause: Cause | null }
  | { readonly type: 'linked'; readonly path: string; readonly cause: Cause | null }
  | { readonly type: 'idle'; readonly idleMs: Millis };

const because = (cause: Cause | null): string => (cause ? `: ${describeCause(cause)}` : '');

/** One line for people: "exit code 1", "because db ended: signal SIGSEGV; rest_for_one". */
export function describeCause(cause: Cause): string {
  switch (cause.type) {
    case 'exit':
      return `exit code ${cause.code}`;
    case 'signal':
      return `signal ${cause.signal}${found(cause.finding)}`;
    case 'unknown':
      return cause.isLeft ? 'exit status unknown, so a transient service is not started again' : 'exit status unknown';
    case 'start_failed':
      return cause.message;
    case 'sibling':
      return `because ${cause.path} ended${because(cause.cause)}; ${cause.strategy}`;
    case 'failed_to_start_child':
      return `failed_to_start_child ${cause.path}${because(cause.cause)}`;
    case 'gave_up':
      return `gave up (reached_max_restart_intensity): more than ${plural(cause.intensity, 'restart')} in ${formatDuration(cause.periodMs)}; ${lastOf(cause)}`;
    case 'auto_shutdown':
      return `auto_shutdown: ${cause.path} ended`;
    case 'supervisor':
      return ofSupervisor(cause.path === '' ? 'the application' : cause.path, cause.cause);
    case 'by_hand':
      return `${cause.verb} by hand`;
    case 'removed':
      return 'removed from the configuration';
    case 'halted':
      return 'portsup was asked to end';
    case 'not_in_time':
      return `it had not ended ${formatDuration(cause.graceMs)} after its stop signal`;
    case 'left_group':
      return `left its process group: ${cause.processes.join(', ')}`;
    case 'not_known':
      return `was left by an earlier keeper and unknown to it: ${cause.processes.join(', ')}`;
    case 'not_killable':
      return `could not be killed and goes on: ${cause.processes.join(', ')}`;
    case 'not_outrun':
      return `started others faster than they could be killed, and some may go on; the last: ${cause.processes.join(', ')}`;
    default:
      return describeOther(cause);
  }
}

const TYPES: ReadonlySet<string> = new Set<HealthCause['type']>([
  'not_ready',
  'ended_unready',
  'unhealthy',
  'needs',
  'backoff',
  'linked',
  'idle',
]);

const isHealthCause = (cause: { readonly type: string }): cause is HealthCause => TYPES.has(cause.type);

const describeOther = (cause: HealthCause | TriggerCause): string =>
  isHealthCause(cause) ? describeHealth(cause) : describeTrigger(cause);

function describeHealth(cause: HealthCause): string {
  switch (cause.type) {
    case 'not_ready':
      return cause.text;
    case 'ended_unready':
      return `ended before it was ready${because(cause.cause)}`;
    case 'unhealthy':
      return `liveness: ${cause.text}`;
    case 'needs':
      return `needs ${cause.names.join(', ')}`;
    case 'backoff':
      return `waits ${formatDuration(cause.delayMs)} before its next attempt${because(cause.cause)}`;
    case 'linked':
      return `linked with ${cause.path}, which ended${because(cause.cause)}`;
    case 'idle':
      return `idle for ${formatDuration(cause.idleMs)}`;
    default:
      return cause satisfies never;
  }
}

function found(finding: Finding | undefined): string {
  switch (finding?.type) {
    case undefined:
      return '';
    case 'out_of_memory':
      return ' (out of memory)';
    case 'core_dumped':
      return ` (core dumped: ${finding.file})`;
    default:
      return finding satisfies never;
  }
}

/** The child whose end was one too many; where that was a supervisor that gave up itself, the one at the bottom of it. */
function lastOf({ path, cause }: Extract<Cause, { type: 'gave_up' }>): string {
  const { path: culprit, cause: first } = rootCause({ path, cause });
  // No child at all: its breaker was worked by hand.
  if (cause?.type === 'by_hand') return `the last one ${describeCause(cause)}`;
  return culprit === path ? `last ${path}${because(cause)}` : `last ${path}, because of ${culprit}${because(first)}`;
}

/** The child and the cause at the bottom of a chain of supervisors that gave up or could not start a child. */
export function rootCause(top: { readonly path: string; readonly cause: Cause | null }): {
  readonly path: string;
  readonly cause: Cause | null;
} {
  const { cause } = top;
  return cause?.type === 'gave_up' || cause?.type === 'failed_to_start_child' ? rootCause(cause) : top;
}

/** Why a child was stopped with its supervisor, in short: the supervisor's own entry tells the rest. */
function ofSupervisor(name: string, cause: Cause | null): string {
  switch (cause?.type) {
    case 'gave_up':
      return `${name} gave up`;
    case 'failed_to_start_child':
      return `${name} failed to start`;
    case 'supervisor':
      return `${name} stopped`;
    case 'watch':
      return `${name} was started; ${describeCause(cause)}`;
    default:
      return `${name} stopped${because(cause)}`;
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
