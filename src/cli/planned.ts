/** What `up --dry-run` would do where nothing runs: everything is added. No daemon is started to find that out. Pure. */
import { childPath } from '../base/names.js';
import type { LoadedConfig } from '../config/load.js';
import type { Change } from '../control/contract.js';

type Node = LoadedConfig['root']['children'][number];

/** One change for each supervisor and service below `root`, in start order. */
export const plannedFromNothing = (root: LoadedConfig['root']): readonly Change[] => root.children.flatMap((child) => changesOf(child, ''));

function changesOf(child: Node, parent: string): readonly Change[] {
  const path = childPath(parent, child.name);
  const own: Change = { path, action: 'added', fields: [], restarts: false };
  return child.kind === 'service' ? [own] : [own, ...child.children.flatMap((below) => changesOf(below, path))];
}

/** How many services a tree has; a pool's template is none yet. */
export const countServices = (node: Node): number =>
  node.kind === 'service' ? 1 : node.children.reduce((sum, child) => sum + countServices(child), 0);
