/** `up`: what goes to the daemon, and that there is one to take it. */
import { PortsupError } from '../base/errors.js';
import { systemClock } from '../base/system-clock.js';
import { type Environment, inheritedEnvironment } from '../config/environment.js';
import type { LoadedConfig } from '../config/load.js';
import { isListening } from '../control/client.js';
import type { UpBody } from '../control/contract.js';

/** How long a daemon that is just ending may get in the way. */
const RETRY_MS = 10_000;

/** What `up` is to do with a configuration. */
export type UpWishes = Pick<UpBody, 'names' | 'forceRecreate' | 'updateEnv' | 'dryRun' | 'wait' | 'timeoutMs'>;

/** @param env - of who brings it up. */
export function upBody({ app, file, root, onEvent, onAlarm }: LoadedConfig, env: Environment, wishes: UpWishes): UpBody {
  return { app, file, root: wireTree(root), env: inheritedEnvironment(env), onEvent, onAlarm, ...wishes };
}

/** The same tree, for the wire: what the configuration made cannot change any more, so giving away its arrays is safe. */
export const wireTree = (root: LoadedConfig['root']): UpBody['root'] => root as UpBody['root'];

/** What needs a daemon, and how to get one. */
export interface WithDaemon<T> {
  readonly ensure: () => Promise<void>;
  readonly act: () => Promise<T>;
}

/** Acts with a daemon, which is launched where none listens. One that is just ending (the `down` of its last application) is waited for. */
export async function withDaemon<T>(socket: string, { ensure, act }: WithDaemon<T>): Promise<T> {
  const deadline = systemClock.now() + RETRY_MS;
  for (;;) {
    if (!(await isListening(socket))) await ensure();
    try {
      return await act();
    } catch (error) {
      const isEnding = error instanceof PortsupError && (error.code === 'DAEMON_NOT_RUNNING' || error.code === 'DAEMON_UNREACHABLE');
      if (!isEnding || systemClock.now() > deadline) throw error;
    }
  }
}
