/** What services and supervisors are doing, in one word, as `ps` and everybody else has it. */
import type { Node, Service, Supervisor } from './tree.js';

type ServiceStateName = 'stopped' | 'starting' | 'running' | 'stopping' | 'waiting' | 'completed' | 'failed';
type SupervisorStateName = 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'failed';

/** The state of a node. */
export const stateOf = (node: Node): ServiceStateName | SupervisorStateName =>
  node.kind === 'service' ? serviceState(node) : supervisorState(node);

/** The state of a service: one that runs is only starting as long as it is not ready. */
export function serviceState({ state }: Service): ServiceStateName {
  if (state.phase === 'running' && state.proving !== null) return 'starting';
  if (state.phase === 'ended') return state.how;
  return state.phase === 'down' ? 'failed' : state.phase;
}

/** The state of a supervisor. */
export function supervisorState({ state }: Supervisor): SupervisorStateName {
  if (state.phase === 'ended') return state.how;
  return state.phase === 'down' ? 'failed' : state.phase;
}
