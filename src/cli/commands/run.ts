import { PortsupError } from '../../base/errors.js';
import { withDaemon } from '../../client/bring-up.js';
import type { RunBody } from '../../control/contract.js';
import { type ResultLine, runAction } from '../action.js';
import { runBodyOf } from '../ad-hoc.js';
import { isGiven, textOf } from '../arguments.js';
import type { Context } from '../context.js';
import { printResult } from '../results.js';

/** As many of one program may run in the foreground at once without names of their own. */
const MOST_NAMESAKES = 99;

/**
 * `run -- COMMAND`: adds a service to an application without a configuration file, by default to one of its own of its name, and starts it; with --once in the
 * foreground.
 */
export async function run(context: Context): Promise<number> {
  if (!isGiven(context.line, 'once')) return printResult(context, await begin(context, await runBodyOf(context)), 'start');
  const { nowText, watchOnce } = await import('../run-once.js');
  const since = nowText();
  const body = await beginNamesake(context);
  return watchOnce(context, { app: body.app, name: nameOf(body), since });
}

/** What nobody has given a name gets another one where its own is taken. */
async function beginNamesake(context: Context): Promise<RunBody> {
  const isNamed = textOf(context.line, 'name') !== undefined;
  for (let number = 1; ; number += 1) {
    const body = await runBodyOf(context, number === 1 ? '' : `-${number}`);
    try {
      await begin(context, body);
      return body;
    } catch (error) {
      const isTaken = error instanceof PortsupError && error.code === 'NAME_TAKEN';
      if (!isTaken || isNamed || number === MOST_NAMESAKES) throw error;
    }
  }
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
