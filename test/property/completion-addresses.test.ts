import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOf, type Place } from '../../src/cli/completion/addresses.js';
import { resolveNames } from '../../src/daemon/select.js';
import { placedNodes } from '../../src/daemon/view.js';
import type { ChildSpec } from '../../src/supervision/spec.js';
import type { Forest } from '../../src/supervision/tree.js';
import { forestOf } from '../helpers/forest.js';
import { service, supervisor } from '../helpers/specs.js';

const NAMES = ['a', 'b', 'c', 'shop', 'blog'];

/** Trees in which names stand in several places. */
function anyChildren(depth: number): fc.Arbitrary<readonly ChildSpec[]> {
  const leaf = fc.constantFrom(...NAMES).map((name): ChildSpec => service(name));
  const inner = fc.tuple(fc.constantFrom(...NAMES), depth > 0 ? anyChildren(depth - 1) : fc.constant([]));
  const child =
    depth > 0
      ? fc.oneof(
          leaf,
          inner.map(([name, below]): ChildSpec => supervisor(name, below)),
        )
      : leaf;
  return fc.uniqueArray(child, { minLength: 1, maxLength: 3, selector: ({ name }) => name });
}

const anyForest: fc.Arbitrary<Forest> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('shop', 'blog', 'c'), anyChildren(2)), { minLength: 1, maxLength: 3, selector: ([name]) => name })
  .map((apps) => forestOf(Object.fromEntries(apps)));

const placesOf = (forest: Forest): readonly Place[] =>
  Object.values(forest.apps)
    .flatMap(placedNodes)
    .map(({ app, path }) => ({ app, path, text: `${app}:${path}` }));

const anyScope = fc.record({ only: fc.constantFrom(undefined, 'shop'), home: fc.constantFrom(undefined, 'shop', 'blog', 'elsewhere') });
const anyTyped = fc.constantFrom('', 'a', 'shop:');

describe('the addresses that a completion offers', () => {
  it('are what the daemon understands, and each means one place: the one that it is said to be', () => {
    fc.assert(
      fc.property(anyForest, anyScope, anyTyped, (forest, scope, typed) => {
        fc.pre(scope.only === undefined || forest.apps[scope.only] !== undefined);
        const home = scope.home !== undefined && forest.apps[scope.home] ? scope.home : undefined;
        for (const { word, text } of addressesOf(placesOf(forest), scope, typed)) {
          const found = resolveNames(forest, [word], { only: scope.only, home }).map(({ app, path }) => `${app}:${path}`);
          expect(found).toEqual([text.split(', ').at(-1)]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are each once, and there is one for every service', () => {
    fc.assert(
      fc.property(anyForest, anyScope, anyTyped, (forest, scope, typed) => {
        const places = placesOf(forest).filter(({ app }) => scope.only === undefined || app === scope.only);
        const addresses = addressesOf(placesOf(forest), scope, typed);
        expect(new Set(addresses.map(({ word }) => word)).size).toBe(addresses.length);
        const reached = new Set(addresses.map(({ text }) => text.split(', ').at(-1)));
        expect(places.filter(({ path, text }) => path !== '' && !reached.has(text))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
