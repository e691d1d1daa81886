import { textOf } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printJson } from '../print-json.js';

/** `alarm set ID TEXT`: several words are one text, as `echo` has it. */
export async function alarmSet(context: Context): Promise<number> {
  const { line, out, json } = context;
  const [id = '', ...words] = line.operands;
  const reply = await ask(context, 'POST /v1/alarms/set', { id, app: textOf(line, 'app'), text: words.join(' ') });
  const said = reply.isNew ? `${reply.alarm.id}: set` : `${reply.alarm.id}: was set already; it says this now`;
  if (json) await printJson(context, reply);
  else await out.print([said]);
  return 0;
}
