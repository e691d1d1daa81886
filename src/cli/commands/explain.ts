import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printJson } from '../print-json.js';
import { renderExplanation } from '../render/explain.js';
import { scopeOf } from '../scope.js';

/** `explain NAME`: what would follow if it ended now. Nothing is done. */
export async function explain(context: Context): Promise<number> {
  const { json, line, out } = context;
  const [name = ''] = line.operands;
  const explanation = await ask(context, 'GET /v1/explain', { ...scopeOf(context), name });
  if (json) await printJson(context, explanation);
  else await out.print(renderExplanation(explanation, { width: out.width(), paint: await out.paint() }));
  return 0;
}
