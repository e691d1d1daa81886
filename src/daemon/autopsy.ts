/** What can be found out about a signal that has ended a run, beyond its name. A run that ended with an exit code costs nothing here. */
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { findCoreDump } from '../ports/core-dump.js';
import type { OomWatch } from '../ports/oom.js';
import type { Finding } from '../supervision/cause.js';
import { type Forest, findNode, type ServiceState } from '../supervision/tree.js';
import type { RunName } from './service-environment.js';

export interface AutopsyOptions {
  readonly clock: Clock;
  readonly oom: OomWatch;
  /** As it was when the run ended. */
  readonly forest: () => Forest;
  readonly warn: (message: string) => void;
}

/** A run that a signal has ended, whose end supervision has not heard of yet. */
export interface Killed {
  readonly pid: number;
  readonly signal: string;
}

/** Looks at how a run was killed; undefined: there is nothing more to be said. It never throws: trouble is told through `warn`. */
export type Autopsy = (name: RunName, killed: Killed) => Finding | undefined;

/** An autopsy for one daemon. */
export function createAutopsy(options: AutopsyOptions): Autopsy {
  return (name, killed) => {
    try {
      return examine(options, name, killed);
    } catch (error) {
      // EMFILE and the like: then it is only said which signal it was.
      options.warn(`${name.app}:${name.path}: cannot find out more about ${killed.signal}: ${messageOf(error)}`);
      return undefined;
    }
  };
}

function examine({ clock, oom, forest }: AutopsyOptions, { app, path, run }: RunName, { pid, signal }: Killed): Finding | undefined {
  const root = forest().apps[app]?.root;
  const service = root && findNode(root, path);
  if (service?.kind !== 'service' || service.run !== run) return undefined;
  const { state, spec } = service;
  if (signal === 'SIGKILL') return !isAsked(state) && oom.hasKilled(pid) ? { type: 'out_of_memory' } : undefined;
  if (!('since' in state)) return undefined;
  const file = findCoreDump({ pid, signal, cwd: spec.cwd, startedAt: clock.wallTime(state.since).getTime() });
  return file === null ? undefined : { type: 'core_dumped', file };
}

const isAsked = (state: ServiceState): boolean =>
  state.phase === 'stopping' ? state.killed : state.phase === 'running' && state.killAsked === 'SIGKILL';
