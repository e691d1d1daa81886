import { existsSync, readdirSync, statSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { LogStore } from '../../src/logs/store.js';
import { feederOf } from '../helpers/feeder.js';
import { openStore, planOf, type WriterRig, writerRig } from '../helpers/log-disk.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

const PATHS = ['a', 'b', 'x/c', 'x/d', 'x/y/e'] as const;

let folder: string | undefined;
let store: LogStore | undefined;
afterEach(clean);

function clean(): void {
  store?.close();
  if (folder !== undefined) removeTestFolder(folder);
  folder = undefined;
}

/** Bytes of all files of services whose names begin so. */
function bytesOf(prefix: string): number {
  const logs = `${folder}/logs/shop`;
  if (!existsSync(logs)) return 0;
  const names = readdirSync(logs).filter((name) => name.startsWith(prefix));
  return names.reduce((sum, name) => sum + statSync(`${logs}/${name}`).size, 0);
}

const total = fc.integer({ min: 65_536, max: 400_000 });
const budgets = fc.record({ all: total, inner: fc.option(total), innermost: fc.option(total) });
const op = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      path: fc.constantFrom(...PATHS),
      text: fc.constantFrom('x', '\n', 'line\n', `${'y'.repeat(99)}\n`),
      length: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 65_536 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('plan' as const), budgets, maxBytes: fc.integer({ min: 4_096, max: 500_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

class World {
  readonly clock: ManualClock = manualClock();
  private rigs = new Map<string, WriterRig>();
  private options: Parameters<typeof planOf>[0] = {};
  private limits: readonly (readonly [string, number])[] = [];

  plan(limits: { readonly all: number; readonly inner: number | null; readonly innermost: number | null }, maxBytes: number): void {
    const inner = [
      { path: 'x', bytes: limits.inner },
      { path: 'x/y', bytes: limits.innermost },
    ].flatMap(({ path, bytes }) => (bytes === null ? [] : [{ path, bytes }]));
    const policies = Object.fromEntries(PATHS.map((path) => [path, { maxBytes, keep: 1_000, compress: false }]));
    this.options = { policies, budgets: [{ path: '', bytes: limits.all }, ...inner] };
    this.limits = (this.options.budgets ?? []).map(({ path, bytes }) => [path === '' ? '' : `${path.replace('/', '.')}.`, bytes]);
    store?.plan('shop', planOf(this.options));
  }

  restart(): void {
    for (const { writer } of this.rigs.values()) writer.close();
    this.rigs.clear();
    store?.close();
    store = openStore(`${folder}/logs`, { clock: this.clock, ...this.options });
  }

  say(path: string, bytes: Buffer): void {
    const rig = this.rigs.get(path) ?? (store && writerRig(store.of('shop', path), this.clock));
    if (!rig) throw new Error('no store');
    this.rigs.set(path, rig);
    feederOf(rig).take('out', bytes);
    this.clock.pass(1_000);
  }

  check(): void {
    for (const [prefix, bytes] of this.limits) expect(bytesOf(prefix)).toBeLessThanOrEqual(bytes);
    expect(store?.bytes('shop', '')).toBe(bytesOf(''));
    for (const { log } of this.rigs.values()) {
      // The oldest go first: what is left of each has no gap.
      const numbers = log.parts.map(({ number }) => number);
      expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    }
  }
}

it('budgets hold after every write, one within the other, whatever is written, planned and restarted', () => {
  fc.assert(
    fc.property(budgets, fc.array(op, { maxLength: 120 }), (first, ops) => {
      clean();
      store = undefined;
      folder = makeTestFolder();
      const world = new World();
      world.plan(first, 10_000_000);
      world.restart();
      for (const one of ops) {
        if (one.do === 'say') world.say(one.path, Buffer.alloc(one.length, one.text));
        else if (one.do === 'plan') world.plan(one.budgets, one.maxBytes);
        else world.restart();
        world.check();
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
