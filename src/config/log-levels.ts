/** Which level decides how the output of a service is kept, on the configuration as it is written. Pure. */
import type { ConfigNode } from './kinds.js';
import { isMapping, pathText } from './path.js';

/** A level that decides something for those below. */
export type Level = Pick<ConfigNode, 'path'>;

/** The nearest level that says whether a program writes its log itself. */
export function rawDecider(node: ConfigNode | undefined): (Level & { readonly isRaw: boolean }) | undefined {
  if (node === undefined) return undefined;
  const logs = logsOf(node);
  const raw = isMapping(logs) ? logs['raw'] : undefined;
  return typeof raw === 'boolean' ? { path: node.path, isRaw: raw } : rawDecider(node.parent);
}

/** Why no line of a service's output passes through portsup, and which level says so; undefined: they all do. */
export function unseenOutput(node: ConfigNode): (Level & { readonly why: 'logs: none' | 'raw: true' }) | undefined {
  const nearest = decider(node);
  if (nearest !== undefined && logsOf(nearest) === 'none') return { path: nearest.path, why: 'logs: none' };
  const raw = rawDecider(node);
  return raw?.isRaw === true ? { path: raw.path, why: 'raw: true' } : undefined;
}

/** " (of services.backend)"; "" where the service itself decides. */
export function ofLevel(node: ConfigNode, { path }: Level): string {
  if (path === node.path) return '';
  return ` (of ${path.length === 0 ? 'the top level' : pathText(path)})`;
}

const logsOf = ({ value }: ConfigNode): unknown => (isMapping(value) ? value['logs'] : undefined);

const decider = (node: ConfigNode | undefined): ConfigNode | undefined =>
  node === undefined || logsOf(node) !== undefined ? node : decider(node.parent);
