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
  const rows = await ask(context, 'GET /v1/alarms', { ...(all ? {} : scopeOf(context)), all });
  if (json) {
    await printJson(context, rows);
    return 0;
  }
  const now = new Date();
  const look = { width: out.width(), paint: await out.paint(), showTime: (iso: string) => shortTime(iso, now) };
  await out.print(renderAlarms(rows, look));
  if (rows.length === 0 && !all) await noteOthers(context);
  return 0;
}

/** Nothing is wrong here, but perhaps with other applications. */
async function noteOthers(context: Context): Promise<void> {
  const { length } = await ask(context, 'GET /v1/alarms', { all: true });
  if (length > 0) await note(context, `${length} of other applications: "portsup alarms -A"`);
}
