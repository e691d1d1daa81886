/** The words for what services and supervisors are doing, as they go over the wire. */
export type ServiceStateName = 'stopped' | 'starting' | 'running' | 'stopping' | 'waiting' | 'completed' | 'failed';
export type SupervisorStateName = 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'failed';
