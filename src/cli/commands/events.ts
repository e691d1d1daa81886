import { isGiven } from '../arguments.js';
import { follow } from '../call.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { renderEvent } from '../render/history.js';
import { isEverything, scopeOf } from '../scope.js';
import { localTime } from '../time.js';

/** `events`: one line for each report as it happens, until Ctrl-C. */
export async function events(context: Context): Promise<number> {
  const all = isGiven(context.line, 'all');
  const scope = all ? {} : scopeOf(context);
  const paint = await context.out.paint();
  const interruption = listenForInterrupt();
  try {
    for await (const event of follow(context, { route: 'GET /v1/events', signal: interruption.signal }, { ...scope, all })) {
      const text = context.json
        ? JSON.stringify(event)
        : renderEvent(event, { paint, showTime: localTime, severalApps: isEverything(scope) });
      await context.out.print([text]);
    }
  } finally {
    interruption.release();
  }
  return 0;
}
