/** What a supervisor does about a child that ended by itself: the strategies, the budget, giving up. OTP supervisor: restart/2. */
import { childPath } from '../base/names.js';
import type { Cause } from './cause.js';
import { startChild } from './child.js';
import { chargeRestart } from './intensity.js';
import { isJob } from './job.js';
import { type Down, isAsleep, isLive, type Node, type Origin, type Service, type Supervisor, withChild } from './tree.js';
import { into, report, type Turn } from './turn.js';

/** Reacts to the child at `index`, which is down. */
export function react(turn: Turn, supervisor: Supervisor, index: number): Supervisor {
  const child = supervisor.children[index];
  if (child?.state.phase !== 'down') return supervisor;
  if (child.leaving !== 'no') return leaveReplaced(turn, supervisor, index);
  if (!isRestarted(child, child.state)) return leaveEnded(turn, supervisor, index);
  const charged = child.state.isMissed ? supervisor : charge(turn, supervisor, child);
  if (charged.state.phase === 'stopping') return charged;
  switch (supervisor.spec.strategy) {
    case 'one_for_one':
    case 'simple_one_for_one':
      return withChild(charged, index, startChild(into(turn, child.name), child, 'restart'));
    case 'one_for_all':
      return beginGroupRestart(turn, charged, { child, first: 0 });
    case 'rest_for_one':
      return beginGroupRestart(turn, charged, { child, first: index });
    default:
      return supervisor.spec.strategy satisfies never;
  }
}

/** Charges one restart to the budget; when that was one too many the supervisor gives up. */
export function charge(turn: Turn, supervisor: Supervisor, child: Node): Supervisor {
  const { history, exceeded } = chargeRestart(supervisor.history, turn.at, supervisor.spec);
  const charged = { ...supervisor, history };
  return exceeded ? giveUp(turn, charged, { path: childPath(turn.path, child.name), cause: child.cause }) : charged;
}

/** Ends a supervisor whose budget is spent; `last`: what was one too many. */
export function giveUp(turn: Turn, supervisor: Supervisor, last: { readonly path: string; readonly cause: Cause | null }): Supervisor {
  const { intensity, periodMs } = supervisor.spec;
  const cause: Cause = { type: 'gave_up', intensity, periodMs, ...last };
  report(turn, { type: 'shutdown', event: 'gave_up', cause });
  return endBy(turn, { ...supervisor, history: [] }, { cause, outcome: { end: 'gave_up' } });
}

/** The first start of a tree has failed: what was started is stopped, and the supervisor ends as failed to start. */
export function failBoot(turn: Turn, supervisor: Supervisor, failed: { readonly child: Node; readonly origin: Origin }): Supervisor {
  const cause: Cause = { type: 'failed_to_start_child', path: childPath(turn.path, failed.child.name), cause: failed.child.cause };
  return endBy(turn, supervisor, { cause, outcome: { end: 'start_failed', origin: failed.origin } });
}

type EndOutcome =
  | { readonly end: 'gave_up' }
  | { readonly end: 'auto_shutdown' }
  | { readonly end: 'start_failed'; readonly origin: Origin };

const endBy = (
  turn: Turn,
  supervisor: Supervisor,
  { cause, outcome }: { readonly cause: Cause; readonly outcome: EndOutcome },
): Supervisor => ({
  ...supervisor,
  cause,
  state: { phase: 'stopping', since: turn.at, killAt: null, graceMs: null, by: 'supervisor', outcome },
});

/** permanent: always; transient: after an abnormal end; temporary: never. */
function isRestarted(child: Node, down: Down): boolean {
  const { restart } = child.spec;
  return restart === 'permanent' || (restart === 'transient' && !down.clean);
}

function beginGroupRestart(turn: Turn, supervisor: Supervisor, range: { readonly child: Node; readonly first: number }): Supervisor {
  const { strategy } = supervisor.spec;
  const first = supervisor.children[range.first] ?? range.child;
  const cause: Cause = { type: 'sibling', path: childPath(turn.path, range.child.name), cause: range.child.cause, strategy };
  return {
    ...supervisor,
    // Every entry of the range is wanted again, also one stopped by hand; who is stopped by hand from now on stays so.
    children: supervisor.children.map((child, index) => {
      if (index < range.first || child.spec.restart === 'temporary') return child;
      return { ...child, desired: isAsleep(child) ? 'stopped' : 'up' };
    }),
    state: { phase: 'restarting', since: turn.at, step: 'stop', first: first.name, cause },
  };
}

/** It was about to be stopped and replaced or removed; now it need not be stopped any more. A job has done what it was there for all the same. */
function leaveReplaced(turn: Turn, supervisor: Supervisor, index: number): Supervisor {
  const child = supervisor.children[index];
  if (child?.state.phase !== 'down') return supervisor;
  if (child.kind === 'service' && isJob(child.spec)) reportEnd(turn, child, child.state);
  return withChild(supervisor, index, { ...child, state: { phase: 'stopped' } });
}

/** The child is not brought back: it stays listed as ended, and may have been the last significant one. */
function leaveEnded(turn: Turn, supervisor: Supervisor, index: number): Supervisor {
  const child = supervisor.children[index];
  if (child?.state.phase !== 'down') return supervisor;
  const ended = withChild(supervisor, index, endedNode(child, child.state));
  if (child.kind === 'service') reportEnd(turn, child, child.state);
  if (!child.spec.significant || !shutsDown(ended)) return ended;
  const cause: Cause = { type: 'auto_shutdown', path: childPath(turn.path, child.name) };
  return endBy(turn, ended, { cause, outcome: { end: 'auto_shutdown' } });
}

function reportEnd(turn: Turn, { name, run, lastExit: exit, cause }: Service, { clean }: Down): void {
  report(into(turn, name), { type: 'info', event: clean ? 'completed' : 'failed', run, exit, cause });
}

/** A child that is down, as one that has ended for good. */
export function endedNode(child: Node, down: Down): Node {
  if (child.kind === 'service') return { ...child, state: { phase: 'ended', how: down.clean ? 'completed' : 'failed' } };
  const how = child.cause?.type === 'auto_shutdown' ? 'stopped' : 'failed';
  return { ...child, state: { phase: 'ended', how, retryAt: null } };
}

function shutsDown(supervisor: Supervisor): boolean {
  switch (supervisor.spec.autoShutdown) {
    case 'never':
      return false;
    case 'any_significant':
      return true;
    case 'all_significant':
      return !supervisor.children.some((child) => child.spec.significant && (isLive(child) || child.state.phase === 'down'));
    default:
      return supervisor.spec.autoShutdown satisfies never;
  }
}
