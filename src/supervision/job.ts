/**
 * Jobs: services that only their time starts, or a person. One that an `up` finds at work goes on to its end: half a backup is none, and it would not
 * be started again before its next time. So it keeps what it was executed with, which its stop and whoever clears up after it have to know, and what is
 * new about that takes effect when its run has ended.
 */
import { differ } from './field-names.js';
import type { ServiceSpec } from './spec.js';
import { isLive, type Service } from './tree.js';

/** Does only the clock start it? */
export const isJob = ({ cron, restart }: Pick<ServiceSpec, 'cron' | 'restart'>): boolean => cron !== null && restart === 'temporary';

/**
 * Has its time come, or does a person want it, while its supervisor was not ready to start it? Then it is started at its turn. What was stopped with its
 * siblings has them as its cause.
 */
export const isDue = ({ spec, state, desired, cause }: Service): boolean =>
  isJob(spec) && state.phase === 'stopped' && desired === 'up' && (cause === null || cause.type === 'cron');

/** Must a running program be started anew for the new specification? Only what it was executed with counts. */
export const runsDifferently = (before: ServiceSpec, after: ServiceSpec): boolean =>
  EXECUTED_WITH.some((field) => differ(before[field], after[field])) || differ(channelsOf(before), channelsOf(after));

/** What a program is executed with so that it can say itself how it is: a descriptor, a socket, the time in which it has to give signs. */
const channelsOf = ({ ready, alive }: ServiceSpec): unknown => ({
  fd: ready?.method.by === 'fd' ? ready.method.fd : null,
  notify: ready?.method.by === 'notify' || alive?.method.by === 'notify',
  watchdogMs: alive?.method.by === 'notify' ? alive.intervalMs : null,
});

/** Is it a job at work, and stays one? Then no `up` ends its run. */
export const goesOn = (service: Service, spec: ServiceSpec): boolean => isLive(service) && isJob(service.spec) && isJob(spec);

/** The service with a specification that is in force now; but for what a job that goes on was executed with. */
export function adopted(service: Service, spec: ServiceSpec): Service {
  const isExecuted = service.state.phase !== 'waiting';
  if (!isExecuted || !goesOn(service, spec) || !runsDifferently(service.spec, spec))
    return unlessAsked({ ...service, spec, nextSpec: null });
  const { command, cwd, env, envFiles, inheritEnv, stdin, nice, umask, limits, user, group, ready, alive } = service.spec;
  const executedWith: Executed = { command, cwd, env, envFiles, inheritEnv, stdin, nice, umask, limits, user, group, ready, alive };
  return { ...service, spec: { ...spec, ...executedWith }, nextSpec: spec };
}

/** Where nobody asks any more whether a run is ready, it is. */
const unlessAsked = (service: Service): Service =>
  service.spec.ready === null && service.state.phase === 'running' ? { ...service, state: { ...service.state, proving: null } } : service;

/** Its run has ended: the same object where nothing was waiting for that. */
export const atEndOfRun = (service: Service): Service =>
  service.nextSpec === null ? service : { ...service, spec: service.nextSpec, nextSpec: null };

const EXECUTED_WITH = ['command', 'cwd', 'env', 'envFiles', 'inheritEnv', 'stdin', 'nice', 'umask', 'limits', 'user', 'group'] as const;

type Executed = Pick<ServiceSpec, (typeof EXECUTED_WITH)[number] | 'ready' | 'alive'>;
