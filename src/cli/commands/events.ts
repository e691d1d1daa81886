import { isGiven } from '../arguments.js';
import { followOn } from '../call.js';
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
    const input = { ...scope, all };
    const question = { route: 'GET /v1/events', signal: interruption.signal } as const;
    for await (const event of followOn(context, question, { input, again: () => input })) {
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
