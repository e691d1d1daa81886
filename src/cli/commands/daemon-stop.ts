import { forgetApps, rememberedApps } from '../../client/remembered.js';
import { runAction } from '../action.js';
import { numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printTakenDown } from '../results.js';
import { isSupervised } from '../supervised.js';

/** `daemon stop`: stops all applications, then the daemon. One that does not run is no failure. */
export async function daemonStop(context: Context): Promise<number> {
  if (!(await isSupervised(context))) {
    const names = rememberedApps(context.layout).map(({ name }) => name);
    if (names.length > 0) forgetApps(context.layout, names);
    if (context.json) await context.out.print(['[]']);
    await note(
      context,
      names.length === 0
        ? 'the daemon is not running'
        : `the daemon is not running; what was up before is not brought up again: ${names.join(', ')}`,
    );
    return 0;
  }
  const result = await runAction(context, {
    route: 'POST /v1/daemon/stop',
    input: { timeoutMs: numberOf(context.line, 'timeout') },
    verb: 'stopping',
    isRepeatable: true,
    interruptedHint: '"portsup ps -A" shows how far it is',
  });
  return printTakenDown(context, result, result.failures.length === 0 ? ['the daemon has stopped'] : []);
}
