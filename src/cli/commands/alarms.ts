import { isGiven } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';
import { renderAlarms } from '../render/alarms.js';
import { scopeOf } from '../scope.js';
import { shortTime } from '../time.js';

/** `alarms`: what is set, oldest first; always 0, as looking is no judgement. */
export async function alarms(context: Context): Promise<number> {
  const { line, out, json } = context;
  const all = isGiven(line, 'all');
  let others = 0;
  const onAlarms = (count: number): void => {
    others = count;
  };
  const rows = await ask(context, { route: 'GET /v1/alarms', onAlarms }, { ...(all ? {} : scopeOf(context)), all });
  if (json) {
    await printJson(context, rows);
    return 0;
  }
  const now = new Date();
  const look = { width: out.width(), paint: await out.paint(), showTime: (iso: string) => shortTime(iso, now) };
  await out.print(renderAlarms(rows, look));
  // With none of this application and none of no application, they are those of others.
  if (rows.length === 0 && others > 0) await note(context, `${others} of other applications: "portsup alarms -A"`);
  return 0;
}
