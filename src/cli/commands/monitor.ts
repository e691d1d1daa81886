import { monitorRuns } from '../../client/monitor.js';
import { isEverything } from '../../client/scope.js';
import { callerOf } from '../call.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { renderDown } from '../render/down.js';
import { scopeOf } from '../scope.js';

/** `monitor NAME...`: one line for each end of a run, until Ctrl-C. */
export async function monitor(context: Context): Promise<number> {
  const { json, line, out } = context;
  const scope = scopeOf(context);
  const look = { paint: await out.paint(), severalApps: isEverything(scope) };
  const interruption = listenForInterrupt();
  try {
    for await (const downs of monitorRuns(callerOf(context), { scope, names: line.operands, signal: interruption.signal })) {
      await out.print(downs.map((down) => (json ? JSON.stringify(down) : renderDown(down, look))));
    }
  } finally {
    interruption.release();
  }
  return 0;
}
