import * as client from '../client/launch.js';
import type { Context } from './context.js';

/**
 * Makes sure that a daemon listens on the home's socket, and says on standard error what a new one has taken over.
 *
 * @throws {@link PortsupError} what `ensureDaemon` of client/launch.ts throws.
 */
export function ensureDaemon(context: Context): Promise<void> {
  const { layout, env, keeperProgram } = context;
  return client.ensureDaemon({ layout, env, keeperProgram, onNote: (note) => context.err.print([`note: ${note}`]) });
}
