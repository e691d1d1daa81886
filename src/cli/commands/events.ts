import { isEverything } from '../../client/scope.js';
import type { EventLine } from '../../control/contract.js';
import { isGiven } from '../arguments.js';
import { followOn } from '../call.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { renderEvent } from '../render/history.js';
import { scopeOf } from '../scope.js';
import { localTime } from '../time.js';

/** `events`: one line for each report as it happens, until Ctrl-C. */
export async function events(context: Context): Promise<number> {
  const all = isGiven(context.line, 'all');
  const scope = all ? {} : scopeOf(context);
  const paint = await context.out.paint();
  const interruption = listenForInterrupt();
  try {
    const input = { ...scope, all };
    const question = { route: 'GET /v1/events', signal: interruption.signal } as const;
    const look = { paint, showTime: localTime, severalApps: isEverything(scope) };
    const textOf = (event: EventLine): string => (context.json ? JSON.stringify(event) : renderEvent(event, look));
    for await (const batch of followOn(context, question, { input, again: () => input })) await context.out.print(batch.map(textOf));
  } finally {
    interruption.release();
  }
  return 0;
}
