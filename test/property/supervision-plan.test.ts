/** What `up --dry-run` prints is what `up` does. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parentPath } from '../../src/base/names.js';
import { planOf } from '../../src/supervision/plan.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { findNode, isLive, type Node } from '../../src/supervision/tree.js';
import { anyHappenings, anyRoot, happen } from '../helpers/any-tree.js';
import { World } from '../helpers/world.js';

const specsOf = (kind: Parameters<typeof anyRoot>[0]): fc.Arbitrary<readonly SupervisorSpec[]> =>
  fc.array(anyRoot(kind), { minLength: 2, maxLength: 3 });
const anySpecs = specsOf({ pools: true, health: true });

/** Every program does at once what it is asked, and is ready; which of them next is for `picks` to say. No time passes. */
function obey(world: World, picks: readonly number[] = [0]): void {
  for (let turn = 0; ; turn += 1) {
    const asked = [...world.live.values()].filter(({ pid, signals }) => pid === null || signals.length > 0).map(({ path }) => path);
    const next = pickOf([...asked, ...world.proving()], picks[turn % picks.length] ?? 0);
    if (next === undefined) return;
    if (!asked.includes(next)) world.ready(next);
    else if (world.runAt(next).pid === null) world.answer(next);
    else world.exit(next, 0);
  }
}

const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)];

const processOf = (node: Node | undefined): string => (node && isLive(node) ? `${node.kind} ${node.run}` : 'none');

function effectBetween(before: Node | undefined, after: Node | undefined): string {
  const [old, fresh] = [processOf(before), processOf(after)];
  if (old === fresh) return (after?.run ?? 0) > (before?.run ?? 0) ? 'start' : 'none';
  return old === 'none' ? 'start' : fresh === 'none' ? 'stop' : 'restart';
}

/** Each supervisor does one thing at a time; what two of them do at the same time has no order. */
function bySupervisor(lines: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const groups: Record<string, string[]> = {};
  for (const line of lines) (groups[parentPath(line.slice(line.indexOf(' ') + 1))] ??= []).push(line);
  return groups;
}

describe('a plan', () => {
  const told = (happenings: ReturnType<typeof anyHappenings>, isQuiet: boolean, anyTrees = anySpecs): void => {
    const anyWish = fc.record({ recreate: fc.boolean(), pick: fc.nat(), order: fc.array(fc.nat(100), { minLength: 1, maxLength: 20 }) });
    const property = fc.property(anyTrees, happenings, anyWish, (specs, before, { recreate, pick, order }) => {
      const world = new World({ manner: 'puppet' });
      if (specs[0]) world.apply(specs[0]);
      for (const happening of before) happen(world, happening, specs);
      if (isQuiet) obey(world);
      const wanted = specs[1 + (pick % (specs.length - 1))];
      if (!wanted) return;
      const names = pick % 3 === 0 ? [wanted.children[pick % wanted.children.length]?.name ?? ''] : [];
      const { root } = world;
      const plan = planOf(world.forest, { type: 'apply', at: world.now, app: world.app, root: wanted, names, recreate });
      world.apply(wanted, { names, recreate });
      obey(world, order);
      const found = plan.changes.map(({ path, effect }) => [path, effect]);
      expect(found).toEqual(plan.changes.map(({ path }) => [path, effectBetween(findNode(root, path), findNode(world.root, path))]));
    });
    fc.assert(property, { numRuns: 1_000 });
  };

  it('says what then happens to whom, whatever has happened before', () => {
    told(anyHappenings(40, ['down']), true);
  }, 30_000);

  it('says it also while what somebody asked for is under way, whatever of it ends first', () => {
    // An end that is charged is charged to the budget, and a start proves itself by the readiness, of the specification that is in force when it happens. Which
    // one that is depends on what else ends first, and no plan can know.
    const charged = ['refuse', 'crash', 'complete', 'kill', 'cron', 'change', 'exceed', 'notReady', 'unhealthy', 'breaker'] as const;
    told(anyHappenings(40, ['down', ...charged]), false, specsOf({ pools: true }));
  }, 30_000);

  it('names exactly the starts and stops there are, in their order, when nothing else is under way (else it depends on what ends first)', () => {
    const property = fc.property(anySpecs, fc.boolean(), (specs, recreate) => {
      const [first, wanted] = specs;
      if (!first || !wanted) return;
      const world = new World().apply(first);
      const plan = planOf(world.forest, { type: 'apply', at: world.now, app: world.app, root: wanted, names: [], recreate });
      world.take();
      world.apply(wanted, { recreate });
      const done = world.take().flatMap((line) => (/^(?:start|stop|kill) /.test(line) ? line.replace(/^kill/, 'stop') : []));
      const once = done.filter((line, index) => line.startsWith('start') || done.indexOf(line) === index);
      expect(bySupervisor(plan.steps.map(({ verb, path }) => `${verb} ${path}`))).toEqual(bySupervisor(once));
    });
    fc.assert(property, { numRuns: 1_000 });
  }, 30_000);
});
