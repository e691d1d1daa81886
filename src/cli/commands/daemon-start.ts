import { isListening } from '../../control/client.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { ensureDaemon } from '../launch.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';

/**
 * `daemon start`: starts the daemon if there is none. It takes back services that run without one; where the machine was started anew, or
 * everything was halted by SIGTERM, it brings up again what was up.
 */
export async function daemonStart(context: Context): Promise<number> {
  const { layout, json } = context;
  const wasRunning = await isListening(layout.socket);
  if (!wasRunning) await ensureDaemon(context);
  const status = await ask(context, 'GET /v1/daemon', {});
  if (json) await printJson(context, status);
  const { pid, apps, services } = status;
  const what = `${apps} ${apps === 1 ? 'application' : 'applications'} with ${services} ${services === 1 ? 'service' : 'services'}`;
  await note(context, `the daemon ${wasRunning ? 'already runs' : 'runs'} as process ${pid}; ${what}`);
  return 0;
}
