/** Needs and links, over random trees in which everybody may need anybody, and random things that happen to them. */
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isWithin } from '../../src/base/names.js';
import type { Command } from '../../src/supervision/messages.js';
import { isMet } from '../../src/supervision/needs.js';
import type { ChildSpec } from '../../src/supervision/spec.js';
import { findNode, isLive } from '../../src/supervision/tree.js';
import { anyHappenings, anyRoot, happen, settle } from '../helpers/any-tree.js';
import { nodesOf, World } from '../helpers/world.js';

/** They compute all the time: on a machine that is shared they take as much longer. */
vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: 400 };
const anyNeedy = fc.array(anyRoot({ pools: true, health: true, needs: true }), { minLength: 1, maxLength: 2 });

/** The services that wait though nothing keeps them. */
const idleWaits = (world: World): readonly string[] =>
  nodesOf(world.root).flatMap(([path, node]) => {
    if (node.kind !== 'service' || node.state.phase !== 'waiting') return [];
    return node.spec.needs.every((need) => isMet(world.root, need)) ? [path] : [];
  });

/** What is still on its way somewhere, though everybody has done what was wanted of them. */
const stuck = (world: World): readonly string[] =>
  nodesOf(world.root).flatMap(([path, node]) => {
    const isGoing = ['starting', 'restarting', 'stopping'].includes(node.state.phase) || (node.leaving !== 'no' && isLive(node));
    const isUnapplied = node.kind === 'supervisor' && node.applying !== null && node.state.phase === 'running';
    return isGoing || isUnapplied ? [`${path}: ${node.state.phase}`] : [];
  });

/** It was up, and is to stop for what followed in the same step. */
const isJustToStop = (world: World, need: string): boolean => {
  const { state } = need === 'outside' ? world.root : world.node(need);
  return state.phase === 'stopping' && state.since === world.now;
};

/** Is a service being stopped, or is it in what is? What leaves is stopped by a supervisor that runs. */
function isToStop(world: World, path: string): boolean {
  const names = path.split('/');
  return names.some((name, depth) => {
    const above = world.supervisor(names.slice(0, depth).join('/'));
    const index = above.children.findIndex((child) => child.name === name);
    const child = above.children[index];
    const { state } = above;
    if (state.phase === 'stopping' || child?.state.phase === 'stopping') return true;
    if (state.phase === 'running' && above.leaving === 'no') return child?.leaving !== 'no';
    return state.phase === 'restarting' && state.step === 'stop' && index >= above.children.findIndex((one) => one.name === state.first);
  });
}

/** Does the service at `path` need what is at `needed`, or something that this is in? */
const needsIt = (world: World, path: string, needed: string): boolean =>
  world.service(path).spec.needs.some((need) => isWithin(needed, need) && !isWithin(path, needed));

describe('needs', () => {
  it('nothing is spawned while something that it needs is not up', () => {
    const watch = (command: Command, world: World): void => {
      if (command.do !== 'spawn') return;
      const { spec } = world.service(command.path);
      const unmet = spec.needs.filter((need) => !isMet(world.root, need) && !isJustToStop(world, need));
      if (unmet.length > 0) throw new Error(`${command.path} is spawned without ${unmet.join(', ')}`);
    };
    const property = fc.property(anyNeedy, anyHappenings(60), (specs, happenings) => {
      const world = new World({ manner: 'puppet', watch });
      if (specs[0]) world.apply(specs[0]);
      for (const happening of happenings) happen(world, happening, specs);
    });
    fc.assert(property, RUNS);
  });

  it('once all is quiet nobody waits who need not, nothing is stuck, and down still ends everything', () => {
    const property = fc.property(anyNeedy, anyHappenings(60), (specs, happenings) => {
      const world = new World({ manner: 'puppet' });
      if (specs[0]) world.apply(specs[0]);
      for (const happening of happenings) happen(world, happening, specs);
      settle(world);
      if (!world.forest.apps[world.app]) return;
      expect(idleWaits(world)).toEqual([]);
      expect(stuck(world)).toEqual([]);
      world.down();
      settle(world, { patience: 0 });
      expect([...world.live.keys()]).toEqual([]);
      expect(world.forest.apps[world.app]).toBeUndefined();
    });
    fc.assert(property, RUNS);
  });

  it('with the watchdog up and nobody doing anything, everything is brought up, whatever the order of the file', () => {
    const property = fc.property(anyRoot({ pools: false, health: true, needs: true }), (spec) => {
      const world = new World({ manner: 'puppet' }).apply(spec).watchdog('outside', true);
      settle(world);
      const waiting = nodesOf(world.root).flatMap(([path, { state }]) => (state.phase === 'waiting' ? [path] : []));
      const isStillborn = (path: string): boolean => {
        const node = world.node(path);
        return node.kind === 'service' && node.spec.needs.some((need) => isDormant(world, need) || isStillborn(need));
      };
      expect(waiting.filter((path) => !isStillborn(path))).toEqual([]);
    });
    fc.assert(property, RUNS);
  });

  const inOrder = (command: Command, world: World): void => {
    if (command.do !== 'report' || command.report.event !== 'stopping' || !world.forest.apps[world.app]) return;
    const { path } = command.report;
    const node = findNode(world.root, path);
    // Who has no time waits for nobody.
    if (node?.kind !== 'service' || node.state.phase !== 'stopping' || node.state.killed || node.state.killAt === world.now) return;
    for (const other of world.live.keys()) {
      const isHolder = needsIt(world, other, path) && isToStop(world, other);
      if (isHolder) throw new Error(`${path} is stopped before ${other}`);
    }
  };

  it('when both are to stop, who needs somebody ends before that one is told to, whatever they are stopped for', () => {
    const property = fc.property(anyRoot({ pools: false, health: true, needs: true }), anyHappenings(60), (any, happenings) => {
      const spec = patient(any);
      const world = new World({ manner: 'puppet', watch: inOrder }).apply(spec).watchdog('outside', true);
      settle(world);
      for (const happening of happenings) happen(world, happening, [spec]);
      settle(world);
      if (!world.forest.apps[world.app]) return;
      world.down();
      settle(world, { patience: 0 });
      expect([...world.live.keys()]).toEqual([]);
    });
    fc.assert(property, RUNS);
  });

  it('that is so for links, and for several that are stopped or restarted by hand in any order', () => {
    const anyPaths = fc.tuple(fc.constantFrom('kill', 'stop', 'restart'), fc.array(fc.nat(), { minLength: 1, maxLength: 6 }));
    const property = fc.property(anyRoot({ pools: false, health: true, needs: true }), anyPaths, (any, [what, picks]) => {
      const spec = patient(any);
      const world = new World({ manner: 'puppet', watch: inOrder }).apply(spec).watchdog('outside', true);
      settle(world);
      const all = nodesOf(world.root).map(([path]) => path);
      const paths = [...new Set(picks.map((pick) => all[pick % all.length] ?? ''))];
      const running = paths.filter((path) => world.live.has(path));
      if (what === 'kill') for (const path of running) if (world.live.has(path)) world.die(path);
      if (what !== 'kill') world[what](paths);
      settle(world);
      if (!world.forest.apps[world.app]) return;
      expect(stuck(world)).toEqual([]);
      if (what === 'stop') for (const path of paths) expect(isLive(world.node(path))).toBe(false);
    });
    fc.assert(property, RUNS);
  });
});

/** A supervisor whose time is up waits for nobody, and here what has no time could not be told from that. */
const patient = <S extends ChildSpec>(spec: S): S =>
  spec.kind === 'service'
    ? { ...spec, shutdown: spec.shutdown === 0 || spec.shutdown === 'brutal_kill' ? 50 : spec.shutdown }
    : { ...spec, shutdown: 'infinity', children: spec.children.map(patient) };

/** Is it something that nothing starts by itself? */
const isDormant = (world: World, path: string): boolean => {
  if (path === 'outside') return false;
  const node = world.node(path);
  return node.kind === 'service' && (!node.spec.autostart || node.spec.cron !== null);
};

describe('links', () => {
  it('one crash restarts each service at most once more than without links', () => {
    const property = fc.property(anyRoot({ pools: false, needs: true }), fc.nat(), (spec, pick) => {
      const world = new World().apply(spec).watchdog('outside', true);
      const running = world.running();
      const victim = running[pick % Math.max(1, running.length)];
      if (victim === undefined) return;
      const before = new Map(running.map((path) => [path, world.service(path).run]));
      world.die(victim);
      if (!world.forest.apps[world.app]) return;
      for (const [path, run] of before) {
        const node = nodesOf(world.root).find(([other]) => other === path)?.[1];
        if (node) expect(node.run - run).toBeLessThanOrEqual(1 + world.root.run + depthRuns(world, path));
      }
    });
    fc.assert(property, RUNS);
  });
});

/** Each supervisor above that was started anew starts what is in it once more. */
const depthRuns = (world: World, path: string): number => {
  const names = path.split('/').slice(0, -1);
  return names.reduce((runs, _, index) => runs + world.supervisor(names.slice(0, index + 1).join('/')).run, 0);
};
