import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printJson } from '../print-json.js';
import { type RowNode, rowTrees } from '../render/row-tree.js';
import { renderTree } from '../render/tree.js';
import { scopeOf } from '../scope.js';

/** `tree [NAME...]`: the supervision tree; with --json the rows of `ps --json`, each with its `children`. */
export async function tree(context: Context): Promise<number> {
  const { line, out } = context;
  const rows = await ask(context, 'GET /v1/ps', { ...scopeOf(context), names: line.operands, all: false, usage: false });
  if (context.json) await printJson(context, rowTrees(rows).map(jsonOf));
  else await out.print(renderTree(rows, { width: out.width(), paint: await out.paint() }));
  return 0;
}

const jsonOf = ({ row, children }: RowNode): object => (row.kind === 'service' ? row : { ...row, children: children.map(jsonOf) });
