import { ask } from '../call.js';
import type { Context } from '../context.js';
import { exitCodeOfRows } from '../exit-codes.js';
import { printJson } from '../print-json.js';
import { renderStatus } from '../render/status.js';
import { scopeOf } from '../scope.js';
import { localTime } from '../time.js';

/** `status NAME`: everything about one service or supervisor; the exit code says whether it is up. */
export async function status(context: Context): Promise<number> {
  const [name = ''] = context.line.operands;
  const found = await ask(context, 'GET /v1/status', { ...scopeOf(context), name });
  if (context.json) await printJson(context, found);
  else await context.out.print(renderStatus(found, { paint: await context.out.paint(), showTime: localTime }));
  return exitCodeOfRows([found]);
}
