import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { appChange, changesBetween, readMemory } from '../../src/daemon/memory.js';
import type { MemoryChange } from '../../src/keeper/protocol.js';
import { differencesOf } from '../../src/supervision/changes.js';
import { emptyForest, type Forest } from '../../src/supervision/tree.js';
import { anyHappenings, anyRoot, happen } from '../helpers/any-tree.js';
import { pool, root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

/** The properties compute all the time: on a machine that is shared they take as much longer. */
vi.setConfig({ testTimeout: 30_000 });

/** Memory as the keeper holds it. */
function remember(memory: Map<string, string>, changes: readonly MemoryChange[]): Map<string, string> {
  for (const [key, text] of changes) {
    if (text === null) memory.delete(key);
    else memory.set(key, text);
  }
  return memory;
}

/** What is remembered of a forest by who sees it for the first time. */
const fromScratch = (forest: Forest): Map<string, string> => remember(new Map(), changesBetween(emptyForest, forest));

const sorted = (memory: ReadonlyMap<string, string>): readonly (readonly [string, string])[] =>
  [...memory].sort(([left], [right]) => (left < right ? -1 : 1));

/** The same after the way through JSON that the forest takes. */
const asJson = (forest: Forest): unknown => JSON.parse(JSON.stringify(forest));

const record = (name: string) => ({ name, file: `/srv/${name}/portsup.yaml`, env: { HOME: '/home/ann', LANG: 'C' } });

/** Reads a forest back out of its memory; applications need their record. */
function readBack(forest: Forest): unknown {
  const memory = fromScratch(forest);
  remember(
    memory,
    Object.keys(forest.apps).map((name) => appChange(record(name))),
  );
  return readMemory(memory).forest;
}

/** What changes in memory while `action` happens to a world. */
function changesWhile(world: World, action: () => unknown): readonly MemoryChange[] {
  const before = world.forest;
  action();
  return changesBetween(before, world.forest);
}

describe('what a change of the forest adds to memory', () => {
  it('is one small entry for each step of one service among a thousand', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `service_${index}`);
    const world = booted(root(names, { intensity: 10 })).let('puppet', 'service_500');
    const died = changesWhile(world, () => world.die('service_500'));
    // The budget is the supervisor's own, without the names of its children.
    expect(died.map(([key]) => key)).toEqual(['node shop:', 'node shop:service_500']);
    expect(Math.max(...died.map(([, text]) => text?.length ?? 0))).toBeLessThan(400);
    const spawned = changesWhile(world, () => world.answer('service_500'));
    expect(spawned.map(([key]) => key)).toEqual(['node shop:service_500']);
  });

  it('is nothing where nothing has changed', () => {
    const world = booted(root(['a', 'b']));
    expect(changesBetween(world.forest, world.forest)).toEqual([]);
    expect(changesWhile(world, () => world.start('a'))).toEqual([]);
  });

  it('holds a large specification once, however often its service restarts', () => {
    const env = { LARGE: 'x'.repeat(10_000) };
    const world = booted(root([service('a', { env })], { intensity: 5 }));
    expect([...fromScratch(world.forest)].filter(([, text]) => text.length > 10_000)).toHaveLength(1);
    const changes = changesWhile(world, () => world.die('a').die('a'));
    expect(changes.filter(([, text]) => (text?.length ?? 0) > 1_000)).toEqual([]);
  });

  it('holds a large specification that waits to be applied once, whatever happens meanwhile', () => {
    const env = { LARGE: 'x'.repeat(10_000) };
    const spec = [service('a', { env }), 'b'];
    const world = booted(root([...spec, 'slow'])).let('puppet', 'slow');
    const isLarge = ([, text]: MemoryChange): boolean => (text?.length ?? 0) > 1_000;
    expect(changesWhile(world, () => world.apply(root(spec))).filter(isLarge)).toHaveLength(1);
    expect(changesWhile(world, () => world.die('b').die('a')).filter(isLarge)).toEqual([]);
    const applied = changesWhile(world, () => world.die('slow', 'SIGTERM'));
    expect(applied).toContainEqual(['applying shop:', null]);
  });
});

describe('memory after changes', () => {
  const after = (world: World, action: () => unknown): void => {
    const memory = fromScratch(world.forest);
    remember(memory, changesWhile(world, action));
    expect(sorted(memory)).toEqual(sorted(fromScratch(world.forest)));
  };

  it('holds nothing of what was removed', () => {
    const world = booted(root(['a', supervisor('pair', ['b', 'c'])]));
    after(world, () => world.apply(root(['a'])));
    expect(fromScratch(world.forest).has('node shop:pair/b')).toBe(false);
  });

  it('holds nothing of an application that is down', () => {
    const world = booted(root(['a', supervisor('pair', ['b', 'c'])]));
    const memory = remember(fromScratch(world.forest), [appChange(record('shop'))]);
    const before = world.forest;
    world.down();
    expect([...remember(memory, changesBetween(before, world.forest))]).toEqual([]);
  });

  it('holds a service that became a supervisor, and the reverse, as what it is', () => {
    const world = booted(root(['a', 'b']));
    after(world, () => world.apply(root(['a', supervisor('b', ['c'])])));
    after(world, () => world.apply(root(['a', 'b'])));
    expect([...fromScratch(world.forest).keys()].sort()).toEqual([
      'children shop:',
      'node shop:',
      'node shop:a',
      'node shop:b',
      'spec shop:',
      'spec shop:a',
      'spec shop:b',
    ]);
  });

  it('holds children in their order', () => {
    const world = booted(root(['a', 'b', 'c']));
    after(world, () => world.apply(root(['c', 'x', 'a'])));
    expect(fromScratch(world.forest).get('children shop:')).toBe('["c","x","a"]');
  });

  it('holds a supervisor without children', () => {
    const world = booted(root(['a', pool('workers')]));
    expect(readBack(world.forest)).toEqual(asJson(world.forest));
    after(world, () => world.apply(root(['a', 'workers'])));
    after(world, () => world.apply(root(['a', pool('workers')])));
    expect(readBack(world.forest)).toEqual(asJson(world.forest));
  });

  it('is the same after any history as that of its forest seen for the first time, and gives that forest back', () => {
    const specs = fc.array(anyRoot({ pools: true }), { minLength: 1, maxLength: 3 });
    const property = fc.property(specs, anyHappenings(40), (roots, happenings) => {
      const world = new World({ manner: 'puppet' });
      const memory = new Map<string, string>();
      const [first] = roots;
      const act = (action: () => unknown): void => {
        remember(memory, changesWhile(world, action));
        expect(sorted(memory)).toEqual(sorted(fromScratch(world.forest)));
        expect(readBack(world.forest)).toEqual(asJson(world.forest));
      };
      act(() => first && world.apply(first));
      for (const happening of happenings) act(() => happen(world, happening, roots));
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe('reading memory', () => {
  it('gives applications back in the order they were brought up, with their records', () => {
    const world = booted(root(['a']));
    const { root: tree } = world.forest.apps['shop'] ?? {};
    if (!tree) throw new Error('no tree');
    const forest: Forest = { apps: { web: { name: 'web', root: tree }, db: { name: 'db', root: tree } } };
    const memory = remember(fromScratch(forest), [appChange(record('web')), appChange(record('db'))]);
    const remembered = readMemory(memory);
    expect(Object.keys(remembered.forest.apps)).toEqual(['web', 'db']);
    expect(remembered.records).toEqual([record('web'), record('db')]);
  });

  it('passes over the record of an application whose tree never came', () => {
    const memory = remember(new Map(), [appChange(record('web'))]);
    expect(readMemory(memory)).toEqual({ forest: { apps: {} }, records: [] });
  });

  it('fills in what an older daemon did not know of, so that nothing of the same configuration has changed', () => {
    const spec = root(['a', supervisor('pair', ['b', pool('workers')])], { logTotalBytes: 1024 ** 3 });
    const world = booted(root(['a', 'slow', supervisor('pair', ['b', pool('workers')])], { logTotalBytes: 1024 ** 3 }));
    world.let('puppet', 'slow').apply(spec);
    const memory = remember(fromScratch(world.forest), [appChange(record('shop'))]);
    expect(memory.has('applying shop:')).toBe(true);
    const later = new Set([
      'logs',
      'logTotalBytes',
      'cron',
      'watch',
      'maxMemoryBytes',
      'watchLoop',
      'nextSpec',
      'skippedRun',
      'nice',
      'umask',
      'limits',
      'user',
      'group',
      'envFiles',
      'inheritEnv',
    ]);
    const isLater = (name: string): boolean => later.has(name);
    const older = [...memory].map(([key, text]) => {
      const known: unknown = JSON.parse(text, (name, value: unknown) => (isLater(name) ? undefined : value));
      return [key, JSON.stringify(known)] as const;
    });
    expect(older.some(([, text]) => text.includes('logTotalBytes'))).toBe(false);
    const { forest } = readMemory(new Map(older));
    expect(forest).toEqual(asJson(world.forest));
    expect(
      differencesOf(forest.apps['shop']?.root, { spec, names: [], recreate: false }).filter(({ action }) => action !== 'unchanged'),
    ).toEqual([{ path: 'slow', action: 'removed', fields: [] }]);
  });

  it('refuses a memory in which something is missing', () => {
    const { forest } = booted(root(['a']));
    const memory = remember(fromScratch(forest), [appChange(record('shop')), ['node shop:a', null]]);
    expect(() => readMemory(memory)).toThrow('nothing is remembered of node shop:a');
  });
});
