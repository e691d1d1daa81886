import { textOf } from '../arguments.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';

/** `alarm clear ID`: 0 also when it was not set, which a note tells. */
export async function alarmClear(context: Context): Promise<number> {
  const { line, out, json } = context;
  const [id = ''] = line.operands;
  const reply = await ask(context, 'POST /v1/alarms/clear', { id, app: textOf(line, 'app') });
  if (json) await printJson(context, reply);
  else if (reply.wasSet) await out.print([`${reply.id}: cleared`]);
  else await note(context, `note: ${reply.id} was not set`);
  return 0;
}
