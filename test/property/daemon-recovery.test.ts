/** The daemon dies between any two messages, and the next one goes on: properties over random trees and random schedules. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMet } from '../../src/supervision/needs.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import type { Node, Supervisor } from '../../src/supervision/tree.js';
import { anyRoot } from '../helpers/any-tree.js';
import { anySchedule, canonical, Simulation, type Step } from '../helpers/simulation.js';
import { root, service, supervisor } from '../helpers/specs.js';

const anySpecs = fc.array(anyRoot({ pools: true }), { minLength: 1, maxLength: 3 });
const isDeaf = (key: string): boolean => key.length % 2 === 0;

const anyNeedy = fc.array(anyRoot({ pools: true, health: true, needs: true }), { minLength: 1, maxLength: 3 });

/** Has nothing been left undone below this supervisor? */
function isComplete(top: Supervisor, node: Node): boolean {
  if (node.kind === 'service') {
    const isWaiting = node.state.phase === 'waiting' && node.spec.needs.every((need) => isMet(top, need));
    return node.state.phase !== 'down' && !isWaiting;
  }
  if (node.state.phase !== 'running') return true;
  return node.children.every((child) => isComplete(top, child) && !(child.state.phase === 'stopped' && child.desired === 'up'));
}

describe('a daemon that is killed at any moment, with its keeper or without', () => {
  it('leaves no run twice, none forgotten, none waiting, and everything up that should be, once all is quiet', () => {
    let deaths = 0;
    let losses = 0;
    const property = fc.property(fc.oneof(anySpecs, anyNeedy), anySchedule(60), (specs, schedule) => {
      const simulation = new Simulation(specs).run(schedule);
      simulation.settle(isDeaf);
      const top = simulation.nodes()[0]?.[1];
      for (const [path, node] of simulation.nodes()) {
        if (top?.kind === 'supervisor' && !isComplete(top, node)) throw new Error(`"${path}" is left undone`);
      }
      deaths += simulation.deaths;
      losses += simulation.losses;
    });
    fc.assert(property, { numRuns: 1_500 });
    expect(deaths).toBeGreaterThan(1_000);
    expect(losses).toBeGreaterThan(1_000);
  }, 60_000);
});

/** Who of several that start at the same moment gets which PID does not matter; that it is the process's own is checked at each quiet. */
const forestOf = (simulation: Simulation): unknown =>
  JSON.parse(JSON.stringify(canonical(simulation.daemon?.runtime.forest()), (name, value: unknown) => (name === 'pid' ? 0 : value)));

type Story = [readonly SupervisorSpec[], readonly Step[], readonly Step[], [readonly Step[], number]];
const leaf = (name: string) => service(name, { shutdown: 0 });
const steps = (...whats: readonly (readonly [Step['what'], number])[]): readonly Step[] => whats.map(([what, pick]) => ({ what, pick }));

/** As it was found: what a run had left, which had been cleared away, was looked for once more while its namesake was brought up. */
const namesake: Story = [
  [root([leaf('a'), leaf('c')], { intensity: 0 })],
  steps(['quiet', 0], ['down', 0], ['straggle', 0], ['quiet', 0], ['crash', 0], ['die', 1], ['apply', 0], ['stop', 0]),
  [],
  [[], 0],
];

/** A supervisor that gave up is to try again at the moment at which another end brings down everything. */
const retry: Story = [
  [root([supervisor('a', [leaf('a'), leaf('d')], { intensity: 0, resetAfterMs: 300 }), leaf('c')], { intensity: 0 })],
  steps(['quiet', 0], ['crash', 0], ['quiet', 0], ['pass', 3]),
  steps(['complete', 0], ['crash', 0]),
  [[], 0],
];

/** A run of an earlier keeper that was found by its marker ends before the keeper is told to hold it, while its namesake is brought up. */
const unheld: Story = [
  [root([leaf('a')], { intensity: 0 })],
  [
    ...steps(['restart', 0], ['down', 0], ['order', 0], ['order', 0], ['news', 0], ['order', 0], ['lose', 4]),
    ...steps(['boot', 0], ['complete', 0], ['news', 0], ['apply', 0]),
  ],
  [],
  [[], 0],
];

describe('a daemon that is killed makes no difference', () => {
  const processes = anySchedule(6, ['crash', 'complete', 'obey']);

  it('to what follows from the ends of processes, wherever between two messages it was', () => {
    const between = anySchedule(12, ['news', 'order']);
    const property = fc.property(
      anySpecs,
      anySchedule(40),
      processes,
      fc.tuple(between, fc.nat(20)),
      (specs, before, ended, [heard, pick]) => {
        // A program that cannot be started makes it a race: who fails first decides what becomes of the other.
        const calm: readonly Step[] = [
          { what: 'mend', pick: 0 },
          { what: 'quiet', pick: 0 },
        ];
        const begun = (): Simulation => new Simulation(specs).run([...before, ...calm, ...ended]);
        const [untouched, killed] = [begun(), begun().run(heard)];
        killed.die(pick);
        // What is due at the same moment (`reset_after`) makes it one, too: who recovers hears first what has happened, so does the other here.
        untouched.run(untouched.keeper.news.map((): Step => ({ what: 'news', pick: 0 })));
        untouched.quiet();
        killed.quiet();
        expect(forestOf(killed)).toEqual(forestOf(untouched));
      },
    );
    fc.assert(property, { numRuns: 1_000, examples: [namesake, retry, unheld] });
  }, 60_000);

  it('to what somebody asked for, once its orders have arrived', () => {
    const asked = anySchedule(3, ['apply', 'down', 'start', 'stop', 'restart', 'kill', 'instance', 'pass', 'cron', 'change', 'exceed']);
    const quiet: Step = { what: 'quiet', pick: 0 };
    const property = fc.property(anySpecs, anySchedule(40), asked, (specs, before, wishes) => {
      const begun = (): Simulation => new Simulation(specs).run([...before, quiet, ...wishes]);
      const [untouched, killed] = [begun(), begun()];
      const orders = killed.daemon?.orders.length ?? 0;
      killed.die(orders);
      untouched.quiet();
      killed.quiet();
      expect(forestOf(killed)).toEqual(forestOf(untouched));
    });
    fc.assert(property, { numRuns: 1_000 });
  }, 60_000);
});
