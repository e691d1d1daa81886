import { withDaemon } from '../../client/bring-up.js';
import type { RunBody } from '../../control/contract.js';
import { type ResultLine, runAction } from '../action.js';
import { runBodyOf } from '../ad-hoc.js';
import { isGiven } from '../arguments.js';
import type { Context } from '../context.js';
import { printResult } from '../results.js';

/**
 * `run -- COMMAND`: adds a service to an application without a configuration file, by default to one of its own of its name, and starts it; with --once in the
 * foreground.
 */
export async function run(context: Context): Promise<number> {
  const body = await runBodyOf(context);
  const result = await begin(context, body);
  if (!isGiven(context.line, 'once')) return printResult(context, result, 'start');
  return (await import('../run-once.js')).watchOnce(context, { app: body.app, name: nameOf(body) });
}

const begin = (context: Context, body: RunBody): Promise<ResultLine> =>
  withDaemon(context.layout.socket, {
    ensure: async () => (await import('../launch.js')).ensureDaemon(context),
    act: () =>
      runAction(context, {
        route: 'POST /v1/run',
        input: body,
        verb: 'starting',
        isRepeatable: false,
        interruptedHint: `"portsup rm --stop ${nameOf(body)} -p ${body.app}" takes it away again`,
      }),
  });

const nameOf = ({ root }: RunBody): string => root.children[0]?.name ?? '';
