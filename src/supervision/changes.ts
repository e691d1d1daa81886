/** What differs between a tree and the specification that is wanted for it, child by child. Pure description: what follows from it is `plan.ts`'s business. */
import { childPath } from '../base/names.js';
import type { Wanted } from './apply.js';
import { differingFields } from './field-names.js';
import { isSelected } from './fresh.js';
import type { ChildSpec, SupervisorSpec } from './spec.js';
import type { Node, Supervisor } from './tree.js';

/** What is different about one child. */
export interface Difference {
  readonly path: string;
  /** `reordered`: nothing but its place among its siblings is another one. */
  readonly action: 'added' | 'changed' | 'removed' | 'reordered' | 'unchanged';
  /** The fields that changed, as the configuration calls them (`stop_signal`, `env.PORT`); `order` where its place did, too. */
  readonly fields: readonly string[];
}

/** The differences in the order of the wanted tree, removed children last; `root` undefined: nothing is there yet. Selected paths only. */
export function differencesOf(root: Supervisor | undefined, wanted: Wanted, path = ''): readonly Difference[] {
  const old = (root?.children ?? []).filter(isConfigured);
  const moved = movedNames(old, wanted.spec);
  const differences = wanted.spec.children.flatMap((spec): readonly Difference[] => {
    const childsPath = childPath(path, spec.name);
    if (!isSelected(childsPath, wanted.names)) return [];
    const before = old.find((child) => child.name === spec.name);
    return [
      childDifference(before, spec, { path: childsPath, hasMoved: moved.has(spec.name) }),
      ...below(before, { ...wanted, spec }, childsPath),
    ];
  });
  const names = new Set(wanted.spec.children.map(({ name }) => name));
  const removed = old.filter(({ name }) => !names.has(name)).map(({ name }) => childPath(path, name));
  return [
    ...differences,
    ...removed.filter((gone) => isSelected(gone, wanted.names)).map((gone) => ({ path: gone, action: 'removed' as const, fields: [] })),
  ];
}

const isConfigured = (child: Node): boolean => child.kind === 'supervisor' || !child.dynamic;

const below = (
  before: Node | undefined,
  wanted: Omit<Wanted, 'spec'> & { readonly spec: ChildSpec },
  path: string,
): readonly Difference[] => {
  const { spec } = wanted;
  return spec.kind === 'service' ? [] : differencesOf(before?.kind === 'supervisor' ? before : undefined, { ...wanted, spec }, path);
};

function childDifference(
  before: Node | undefined,
  spec: ChildSpec,
  { path, hasMoved }: { readonly path: string; readonly hasMoved: boolean },
): Difference {
  if (!before) return { path, action: 'added', fields: [] };
  // What was a service is a supervisor now, or the reverse.
  if (before.kind !== spec.kind) return { path, action: 'changed', fields: [spec.kind === 'supervisor' ? 'services' : 'command'] };
  const known = before.kind === 'service' ? (before.nextSpec ?? before.spec) : before.spec;
  const fields = differingFields(known, spec);
  if (fields.length === 0) return { path, action: hasMoved ? 'reordered' : 'unchanged', fields: [] };
  return { path, action: 'changed', fields: hasMoved ? [...fields, 'order'] : fields };
}

/**
 * The names of the fewest children that, put elsewhere, make the old order the new one: those outside of a longest
 * run of children that have kept their order.
 */
function movedNames(old: readonly Node[], { children }: SupervisorSpec): ReadonlySet<string> {
  const places = new Map(old.map(({ name }, index) => [name, index]));
  const kept = children.filter(({ name }) => places.has(name));
  const stayed = new Set(longestRise(kept.map(({ name }) => places.get(name) ?? 0)));
  return new Set(kept.filter((_child, index) => !stayed.has(index)).map(({ name }) => name));
}

/** Indices of a longest strictly rising subsequence (patience sorting). */
function longestRise(numbers: readonly number[]): readonly number[] {
  const tails: number[] = [];
  const before: number[] = [];
  numbers.forEach((number, index) => {
    let place = tails.findIndex((tail) => (numbers[tail] ?? 0) >= number);
    if (place < 0) place = tails.length;
    before[index] = tails[place - 1] ?? -1;
    tails[place] = index;
  });
  const rise: number[] = [];
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) rise.push(index);
  return rise;
}
