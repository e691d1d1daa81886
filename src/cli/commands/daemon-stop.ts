import { forgetMeant } from '../../client/take-down.js';
import { numberOf } from '../arguments.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printTakenDown } from '../results.js';
import { takeDown } from '../take-down.js';

/** `daemon stop`: stops all applications, then the daemon. One that does not run is no failure. */
export async function daemonStop(context: Context): Promise<number> {
  const result = await takeDown(context, () => ({
    route: 'POST /v1/daemon/stop',
    input: { timeoutMs: numberOf(context.line, 'timeout') },
    interruptedHint: '"portsup ps -A" shows how far it is',
  }));
  if (result === undefined) {
    const names = forgetMeant(context.layout, {});
    if (context.json) await context.out.print(['[]']);
    await note(
      context,
      names.length === 0
        ? 'the daemon is not running'
        : `the daemon is not running; what was up before is not brought up again: ${names.join(', ')}`,
    );
    return 0;
  }
  return printTakenDown(context, result, result.failures.length === 0 ? ['the daemon has stopped'] : []);
}
