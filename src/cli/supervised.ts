import { isAlone, isDaemonThere } from '../client/keeper.js';
import type { Context } from './context.js';

/**
 * Is there a daemon to ask? Where services run on without one, one is started and takes them back: they can only be stopped in
 * order by a daemon, and must not be started a second time.
 *
 * @throws {@link PortsupError} `DAEMON_UNREACHABLE` when there is a keeper, but its daemon does not answer: services may run; what `ensureDaemon` throws.
 */
export async function isSupervised(context: Context): Promise<boolean> {
  const { layout } = context;
  if (await isDaemonThere(layout)) return true;
  if (!isAlone(layout)) return false;
  await (await import('./launch.js')).ensureDaemon(context);
  return true;
}
