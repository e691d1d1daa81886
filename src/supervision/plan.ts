/**
 * What an `up` is going to do, said before it is done. Not a second opinion about it: the very core is run on a copy of the
 * forest, with programs that do at once what they are asked, and what came of it is read off.
 */
import type { Wanted } from './apply.js';
import { type Difference, differencesOf } from './changes.js';
import { differingFields } from './field-names.js';
import type { Event } from './messages.js';
import { Obedient, type PlanStep } from './obedient.js';
import { type Forest, findNode, isLive, type Node, type Supervisor } from './tree.js';

/** What is different about one child, and what follows for it. */
export interface Change extends Difference {
  /** What happens to its program, or to the supervisor as a whole; `none`: it goes on as it is, also with changed fields. */
  readonly effect: 'start' | 'stop' | 'restart' | 'none';
  /** Does a running program have to be stopped for it? */
  readonly restarts: boolean;
  /** It is restarted only because this sibling is, by the strategy; null: not so. */
  readonly because: string | null;
}

/** Everything that an `up` does: to whom, and in which order. */
export interface Plan {
  readonly changes: readonly Change[];
  readonly steps: readonly PlanStep[];
}

type Apply = Extract<Event, { type: 'apply' }>;

/** The plan of an `apply`: what {@link step} makes of it, as long as every program starts and ends when it is asked to. */
export function planOf(forest: Forest, apply: Apply): Plan {
  const wanted: Wanted = { spec: apply.root, names: apply.names, recreate: apply.recreate };
  const before = forest.apps[apply.app]?.root;
  const { first, last, steps } = carriedOut(forest, apply);
  const changes = [...policyDifference(before, wanted), ...differencesOf(before, wanted)].map((difference): Change => {
    const { path } = difference;
    const effect = effectOf(before && findNode(before, path), last && findNode(last, path));
    const because = first && effect === 'restart' ? followedBy(first, path) : null;
    return { ...difference, effect, restarts: effect === 'restart' || effect === 'stop', because };
  });
  return { changes, steps };
}

/** Of the root itself it is told only where something changed. */
function policyDifference(root: Supervisor | undefined, { spec }: Wanted): readonly Difference[] {
  const fields = root ? differingFields(root.spec, spec) : [];
  return fields.length > 0 ? [{ path: '', action: 'changed', fields }] : [];
}

function effectOf(before: Node | undefined, after: Node | undefined): Change['effect'] {
  const wasLive = before !== undefined && isLive(before);
  const willBeLive = after !== undefined && isLive(after);
  // What does something once has started and ended by then.
  if (!wasLive) return willBeLive || (after?.run ?? 0) > (before?.run ?? 0) ? 'start' : 'none';
  if (!willBeLive) return 'stop';
  return before.run === after.run && before.kind === after.kind ? 'none' : 'restart';
}

/** The sibling whose replacement this child follows, or the one that a supervisor above it follows. */
function followedBy(root: Supervisor, path: string): string | null {
  const names = path.split('/');
  for (let length = 1; length <= names.length; length += 1) {
    const parent = findNode(root, names.slice(0, length - 1).join('/'));
    const child = findNode(root, names.slice(0, length).join('/'));
    if (child?.leaving !== 'follow' || parent?.kind !== 'supervisor') continue;
    const culprit = parent.children.find(({ leaving }) => leaving === 'recreate');
    return culprit ? [...names.slice(0, length - 1), culprit.name].join('/') : null;
  }
  return null;
}

interface CarriedOut {
  /** As it is when nothing of the apply has been done yet; undefined only for an application that is none. */
  readonly first: Supervisor | undefined;
  readonly last: Supervisor | undefined;
  readonly steps: readonly PlanStep[];
}

function carriedOut(forest: Forest, apply: Apply): CarriedOut {
  const world = new Obedient(forest, apply);
  world.tell(apply);
  const first = world.root;
  world.settle();
  return { first, last: world.root, steps: world.steps.map(({ verb, path }) => ({ verb, path })) };
}
