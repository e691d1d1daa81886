/** What `explain` says comes true, over random trees with needs and links. */
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { explain } from '../../src/supervision/explain.js';
import type { ChildSpec } from '../../src/supervision/spec.js';
import { anyRoot, settle } from '../helpers/any-tree.js';
import { World } from '../helpers/world.js';

/** They compute all the time: on a machine that is shared they take as much longer. */
vi.setConfig({ testTimeout: 60_000 });

/** The stops and starts that are asked for, in order. */
function watched(): { readonly world: World; readonly asked: string[] } {
  const asked: string[] = [];
  const world = new World({
    manner: 'puppet',
    watch: (command) => {
      if (command.do === 'spawn') asked.push(`start ${command.path}`);
      if (command.do === 'report' && command.report.event === 'stopping' && command.report.run !== null)
        asked.push(`stop ${command.report.path}`);
    },
  });
  return { world, asked };
}

/** Links or strategies: where both are at work, and where a supervisor ends for it, it depends on who ends first what is done at all. */
function decided<S extends ChildSpec>(spec: S, isLinked: boolean): S {
  if (spec.kind === 'service') return { ...spec, significant: false, links: isLinked ? spec.links : [] };
  const strategy = isLinked && spec.template === null ? 'one_for_one' : spec.strategy;
  return {
    ...spec,
    significant: false,
    strategy,
    intensity: 100,
    autoShutdown: 'never',
    children: spec.children.map((child) => decided(child, isLinked)),
  };
}

it('what has the number 1 begins with the death itself, and nothing else does; all else begins when something with the number before has ended', () => {
  const anyOrder = fc.array(fc.nat(100), { minLength: 1, maxLength: 20 });
  const property = fc.property(anyRoot({ pools: true, needs: true }), fc.nat(), anyOrder, (any, pick, order) => {
    const spec = decided(any, pick % 2 === 0);
    const { world, asked } = watched();
    world.apply(spec).watchdog('outside', true);
    settle(world);
    const running = world.running();
    const victim = running[Math.floor(pick / 2) % Math.max(1, running.length)];
    if (victim === undefined) return;
    const steps = explain(world.forest, { app: world.app, path: victim, at: world.now })?.steps ?? [];
    const told = steps.filter(({ afterMs }) => afterMs === 0).map(({ verb, path, number }) => ({ line: `${verb} ${path}`, number }));
    asked.splice(0);
    world.die(victim, 'SIGKILL');
    expect(asked.toSorted()).toEqual(told.flatMap(({ line, number }) => (number === 1 ? [line] : [])).toSorted());
    const numberOf = (line: string): number => {
      const index = told.findIndex((one) => one.line === line);
      return index < 0 ? 0 : (told.splice(index, 1)[0]?.number ?? 0);
    };
    const ended = new Set([0]);
    const numbers = new Map<string, number>();
    for (let turn = 0; ; turn += 1) {
      for (const line of asked.splice(0)) {
        const number = numberOf(line);
        if (number === 0) throw new Error(`${line} is not said`);
        if (!ended.has(number - 1))
          throw new Error(`${line} has the number ${number} and begins before anything has ended that has the one before`);
        numbers.set(line, number);
      }
      const next = [...world.live.values()].filter(({ pid, signals }) => pid === null || signals.length > 0);
      const one = next[(order[turn % order.length] ?? 0) % Math.max(1, next.length)];
      if (!one) break;
      const verb = one.pid === null ? 'start' : 'stop';
      ended.add(numbers.get(`${verb} ${one.path}`) ?? 0);
      if (one.pid === null) world.answer(one.path);
      else world.exit(one.path, 0);
      if (!world.forest.apps[world.app]) break;
    }
    expect(told).toEqual([]);
  });
  fc.assert(property, { numRuns: 1_000 });
});
