import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { childPath } from '../../src/base/names.js';
import { isJob } from '../../src/supervision/job.js';
import type { Command } from '../../src/supervision/messages.js';
import type { ChildSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { step } from '../../src/supervision/step.js';
import type { Node, Supervisor } from '../../src/supervision/tree.js';
import { anyHappenings, anyRoot, type Happening, happen, settle } from '../helpers/any-tree.js';
import { root } from '../helpers/specs.js';
import { nodesOf, World } from '../helpers/world.js';

/** They compute all the time: on a machine that is shared they take as much longer. */
vi.setConfig({ testTimeout: 30_000 });

const RUNS = { numRuns: 400 };

/** A world of puppets where `specs[0]` was applied and `happenings` have happened. The world itself checks what must hold at each command. */
function livedThrough(specs: readonly SupervisorSpec[], happenings: readonly Happening[], world = new World({ manner: 'puppet' })): World {
  const [first] = specs;
  if (first) world.apply(first);
  for (const happening of happenings) happen(world, happening, specs);
  return world;
}

const isThere = (world: World): boolean => world.forest.apps[world.app] !== undefined;
const anySpecs = fc.array(anyRoot({ pools: true, health: true }), { minLength: 1, maxLength: 3 });

/** What is wrong about a world in which nobody waits for anything: nothing, if nothing is stuck. */
function stuckIn(supervisor: Supervisor, path: string): readonly string[] {
  const { phase } = supervisor.state;
  if (phase !== 'running' && phase !== 'stopped' && phase !== 'ended') return [`${path} is ${phase}`];
  return supervisor.children.flatMap((child) => {
    const childsPath = childPath(path, child.name);
    const own = phase === 'running' ? stuckBelowRunning(child) : stuckBelowStopped(child);
    const problems = own.map((problem) => `${childsPath} ${problem}`);
    return child.kind === 'supervisor' ? [...problems, ...stuckIn(child, childsPath)] : problems;
  });
}

function stuckBelowRunning(child: Node): readonly string[] {
  const { state, desired, leaving } = child;
  const problems: string[] = [];
  if (leaving !== 'no') problems.push(`was to go: ${leaving}`);
  if (state.phase === 'stopped' && desired === 'up') problems.push('is wanted but was not started');
  if (state.phase === 'running' && desired === 'stopped') problems.push('is not wanted but runs');
  if (state.phase !== 'running' && state.phase !== 'stopped' && state.phase !== 'ended') problems.push(`is ${state.phase}`);
  if (child.kind === 'supervisor' && state.phase === 'running' && child.applying) problems.push('has not applied its specification');
  return problems;
}

const stuckBelowStopped = ({ state }: Node): readonly string[] =>
  (state.phase === 'stopped' || state.phase === 'ended') && !('retryAt' in state && state.retryAt !== null)
    ? []
    : [`is ${state.phase} below what is not`];

/** What differs between a tree at rest and the specification it was last given. */
function differences(supervisor: Supervisor, spec: SupervisorSpec, world: World, path = ''): readonly string[] {
  const configured = supervisor.children.filter((child) => child.kind === 'supervisor' || !child.dynamic);
  const { children: _children, ...policy } = spec;
  const problems: string[] = [];
  if (supervisor.state.phase !== 'running') problems.push(`${path} is ${supervisor.state.phase}`);
  if (!isDeepStrictEqual(supervisor.spec, policy)) problems.push(`${path} has another policy`);
  if (
    !isDeepStrictEqual(
      configured.map(({ name }) => name),
      spec.children.map(({ name }) => name),
    )
  )
    problems.push(`${path} has other children`);
  return [
    ...problems,
    ...configured.flatMap((child, index) => differencesOf(child, spec.children[index], world, childPath(path, child.name))),
  ];
}

function differencesOf(child: Node, spec: ChildSpec | undefined, world: World, path: string): readonly string[] {
  if (child.kind === 'supervisor') return spec?.kind === 'supervisor' ? differences(child, spec, world, path) : [`${path} is a supervisor`];
  const { state } = child;
  if (!isDeepStrictEqual(child.nextSpec ?? child.spec, spec)) return [`${path} has another specification`];
  if (state.phase === 'running')
    return isDeepStrictEqual(world.runAt(path).command, child.spec.command) ? [] : [`${path} runs another command`];
  const isDone = state.phase === 'ended' && (isJob(child.spec) || (state.how === 'completed' && child.spec.restart !== 'temporary'));
  return isDone || !child.spec.autostart ? [] : [`${path} is ${state.phase}`];
}

describe('whatever happens to whatever tree', () => {
  it('no service runs twice, and no command is for a run that is over or a child that is not there', () => {
    fc.assert(
      fc.property(anySpecs, anyHappenings(60), (specs, happenings) => {
        livedThrough(specs, happenings);
      }),
      RUNS,
    );
  });

  it('the next state follows from the state alone: it is plain JSON, is never changed in place, and the same event gives the same again', () => {
    const checkedStep: typeof step = (forest, event) => {
      const copy: typeof forest = JSON.parse(JSON.stringify(forest)) as typeof forest;
      const result = step(deepFrozen(forest), deepFrozen(event));
      expect(isDeepStrictEqual(copy, forest)).toBe(true);
      expect(JSON.stringify(step(copy, event))).toBe(JSON.stringify(result));
      return result;
    };
    fc.assert(
      fc.property(anySpecs, anyHappenings(40), (specs, happenings) => {
        livedThrough(specs, happenings, new World({ manner: 'puppet', step: checkedStep }));
      }),
      { numRuns: 150 },
    );
  });

  it('once all is quiet, what should be up is up and nothing is stuck half way', () => {
    fc.assert(
      fc.property(anySpecs, anyHappenings(60), (specs, happenings) => {
        const world = livedThrough(specs, happenings);
        settle(world);
        expect(isThere(world) ? stuckIn(world.root, '') : []).toEqual([]);
        expect(world.running().toSorted()).toEqual([...world.live.keys()].toSorted());
      }),
      RUNS,
    );
  });

  it('up always leads to what the file says: this tree, in this order, with these policies, everything running', () => {
    fc.assert(
      fc.property(
        anySpecs,
        anyRoot({ pools: true, health: true }),
        anyHappenings(60, ['breaker']),
        fc.boolean(),
        (specs, wanted, happenings, atRest) => {
          const world = livedThrough(specs, happenings);
          if (atRest) settle(world);
          world.apply(wanted);
          settle(world);
          // What crashed or gave up earlier may reach its supervisor only now; up is asked again, as a person would.
          world.apply(wanted);
          settle(world);
          expect(differences(world.root, wanted, world)).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('up a second time changes nothing', () => {
    fc.assert(
      fc.property(anySpecs, anyRoot({ pools: true, health: true }), anyHappenings(40, ['breaker']), (specs, wanted, happenings) => {
        const world = livedThrough(specs, happenings).apply(wanted);
        settle(world);
        world.apply(wanted);
        settle(world);
        world.commands.splice(0);
        expect(world.apply(wanted).commands).toEqual([]);
      }),
      RUNS,
    );
  });

  it('down ends everything and forgets the application, without any need for time, when programs do as they are told', () => {
    fc.assert(
      fc.property(anySpecs, anyHappenings(60), (specs, happenings) => {
        const world = livedThrough(specs, happenings).down();
        settle(world, { patience: 0 });
        expect([...world.live.keys()]).toEqual([]);
        expect(isThere(world)).toBe(false);
        expect(world.pass(1e6).commands.at(-1)).toEqual({ do: 'forget', app: world.app, path: null });
      }),
      RUNS,
    );
  });

  it('down ends everything also when no program listens to anything but SIGKILL', () => {
    fc.assert(
      fc.property(anySpecs, anyHappenings(40), (specs, happenings) => {
        const world = livedThrough(specs, happenings).down(100);
        for (let turn = 0; turn < 500 && world.live.size > 0; turn += 1) {
          world.pass(100);
          for (const { path, pid, signals } of world.live.values()) {
            if (pid === null) world.answer(path);
            else if (signals.includes('SIGKILL')) world.die(path, 'SIGKILL');
          }
        }
        expect(isThere(world)).toBe(false);
      }),
      RUNS,
    );
  });

  it('stops are the exact reverse of the running order', () => {
    fc.assert(
      fc.property(
        fc.array(anyRoot({ pools: false, health: true }), { minLength: 1, maxLength: 2 }),
        anyHappenings(40, ['instance']),
        (specs, happenings) => {
          const world = livedThrough(specs, happenings);
          settle(world);
          const running = world.running();
          world.take();
          world.down();
          settle(world, { patience: 0 });
          const ends = world.take().filter((line) => line.startsWith('end '));
          expect(ends).toEqual(running.map((path) => `end ${path}`).toReversed());
        },
      ),
      RUNS,
    );
  });
});

describe('the budget', () => {
  /** When supervision restarted which child, for each life of each supervisor. */
  type Ledger = Map<string, { readonly supervisor: Supervisor; readonly child: string; readonly at: number }[]>;

  const noteRestart = (ledger: Ledger, world: World, path: string): void => {
    const { state, name } = world.node(path);
    if (path === '' || state.phase !== 'starting' || state.origin !== 'restart') return;
    const above = path.split('/').slice(0, -1).join('/');
    const supervisor = world.supervisor(above);
    const life = `${above}#${supervisor.run}`;
    ledger.set(life, [...(ledger.get(life) ?? []), { supervisor, child: name, at: world.now }]);
  };

  /** The most restarts of one life in any period: of all children where each stands for itself, else of any one child. */
  const mostInPeriod = (
    entries: readonly { readonly child: string; readonly at: number }[],
    periodMs: number,
    perChild: boolean,
  ): number => {
    const counts = entries.map((first) => {
      const later = entries.filter(({ child, at }) => at >= first.at && at - first.at <= periodMs && (!perChild || child === first.child));
      return later.length;
    });
    return Math.max(0, ...counts);
  };

  /** The most restarts in any period of any life of a supervisor, beyond its intensity; 0 or less is as it should be. */
  function excess(spec: SupervisorSpec, happenings: readonly Happening[]): number {
    const ledger: Ledger = new Map();
    const watch = (command: Command, world: World): void => {
      if (command.do === 'spawn') noteRestart(ledger, world, command.path);
    };
    const world = livedThrough([spec], [], new World({ manner: 'puppet', watch }));
    // Nested supervisors give no command of their own when they start: their run numbers tell.
    const runs = new Map<string, number>();
    for (const happening of happenings) {
      // A restart is charged when the child ends and done when its siblings have stopped; here the two have the same time.
      if (happening.what === 'pass') settle(world, { patience: 0 });
      happen(world, happening, [spec]);
      for (const [path, node] of isThere(world) ? nodesOf(world.root) : []) {
        if (node.kind === 'supervisor' && node.run !== runs.get(path)) noteRestart(ledger, world, path);
        runs.set(path, node.run);
      }
    }
    const beyond = [...ledger.values()].map((entries) => {
      const { strategy, intensity, periodMs } = entries[0]?.supervisor.spec ?? spec;
      return mostInPeriod(entries, periodMs, strategy === 'one_for_all' || strategy === 'rest_for_one') - intensity;
    });
    return Math.max(0, ...beyond);
  }

  it('never allows more restarts than it says, in any period of any supervisor', () => {
    // What a person or a trigger starts during a group restart comes at its turn, among what the group restart starts: it would be counted here.
    const happenings = anyHappenings(80, ['down', 'start', 'restart', 'apply', 'cron', 'change', 'breaker']);
    fc.assert(
      fc.property(anyRoot({ pools: true }), happenings, (spec, happened) => excess(spec, happened) <= 0),
      RUNS,
    );
  });

  it('never allows more where each child stands for itself, whatever people do meanwhile', () => {
    const standAlone = (spec: SupervisorSpec): SupervisorSpec => ({
      ...spec,
      strategy: spec.template ? spec.strategy : 'one_for_one',
      children: spec.children.map((child) => (child.kind === 'supervisor' ? standAlone(child) : child)),
    });
    fc.assert(
      fc.property(
        anyRoot({ pools: true }).map(standAlone),
        anyHappenings(80, ['down', 'remove', 'breaker']),
        (spec, happened) => excess(spec, happened) <= 0,
      ),
      RUNS,
    );
  });

  it('is the only thing that ends a tree of permanent children that can start: as many crashes as it allows are all mended', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
        fc.nat(2),
        (intensity, strategy, index) => {
          const world = new World().apply(root(['a', 'b', 'c'], { intensity, strategy, periodMs: 1_000 }));
          const victim = ['a', 'b', 'c'][index] ?? 'a';
          for (let crash = 0; crash < intensity; crash += 1) world.die(victim);
          expect(world.running()).toEqual(['a', 'b', 'c']);
          expect(world.die(victim).phase('')).toBe('ended');
        },
      ),
    );
  });
});

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFrozen(part);
  }
  return value;
}
