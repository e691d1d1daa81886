import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import { planOf } from '../../src/supervision/plan.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { root, service } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const NIGHTLY = '0 3 * * *';
const job = (name: string, fields: Partial<ServiceSpec> = {}) => service(name, { cron: NIGHTLY, restart: 'temporary', ...fields });
const other = ['/bin/other'];
const PROBE = { by: 'tcp', host: 'localhost', port: 80, tryMs: 5_000 } as const;

/** "event cause" of each report about a path since the beginning. */
const told = (world: World, path: string): readonly string[] =>
  world.reports.filter((report) => report.path === path).map(({ event, cause }) => `${event} ${cause ? describeCause(cause) : '-'}`);

describe('an up that finds a job at work', () => {
  it('lets it go on to its end, and its next time runs the new command', () => {
    const world = booted(root([job('a'), 'b']))
      .cron('a')
      .apply(root([job('a', { command: other, stdin: 'null' }), 'b']));
    expect(world.runs()).toEqual(['a#1', 'b#1']);
    expect(world.service('a')).toMatchObject({ leaving: 'no', spec: { command: ['/bin/a'], stdin: 'pipe' } });
    world.exit('a', 0);
    expect(world.service('a')).toMatchObject({
      run: 1,
      state: { phase: 'ended', how: 'completed' },
      spec: { command: other },
      nextSpec: null,
    });
    expect(told(world, 'a')).toEqual([`started cron ${NIGHTLY}`, 'exited exit code 0', 'completed exit code 0']);
    expect(world.cron('a').runAt('a')).toMatchObject({ run: 2, command: other });
  });

  it('takes over at once what it was not executed with, also its times', () => {
    const world = booted(root([job('a')])).cron('a');
    world.apply(root([job('a', { command: other, shutdown: 100, cron: '0 4 * * *' })]));
    expect(world.service('a').spec).toMatchObject({ command: ['/bin/a'], shutdown: 100, cron: '0 4 * * *' });
  });

  it('leaves it with the readiness that it was executed to tell of', () => {
    const ready = { method: { by: 'fd', fd: 3 }, delayMs: 0, intervalMs: 500, timeoutMs: 60_000 } as const;
    const world = booted(root([job('a', { ready })]))
      .let('puppet', 'a')
      .cron('a')
      .answer('a');
    world.apply(root([job('a', { ready: { ...ready, method: { by: 'notify' } } })]));
    expect(world.service('a')).toMatchObject({ spec: { ready }, nextSpec: { ready: { method: { by: 'notify' } } } });
    expect(world.ready('a').exit('a', 0).service('a').spec.ready?.method.by).toBe('notify');
  });

  it('has one that waits for what it needs begin as what it is by then', () => {
    const database = { name: 'database', method: PROBE, cwd: '/', env: {}, intervalMs: 1_000, failures: 3, clearAfter: 3 };
    const tree = (fields: Partial<ServiceSpec>) => root([job('a', { needs: ['database'], ...fields })], { watchdogs: [database] });
    const world = booted(tree({}))
      .cron('a')
      .apply(tree({ command: other }));
    expect(world.phase('a')).toBe('waiting');
    expect(world.watchdog('database', true).runAt('a').command).toEqual(other);
  });

  it('does so, too, when all is to be recreated, and says so beforehand', () => {
    const spec = root([job('a', { command: other }), service('b', { command: other })]);
    const world = booted(root([job('a'), 'b'])).cron('a');
    const plan = planOf(world.forest, { type: 'apply', at: world.now, app: world.app, root: spec, names: [], recreate: true });
    expect(plan.changes.map(({ path, action, effect }) => [path, action, effect])).toEqual([
      ['a', 'changed', 'none'],
      ['b', 'changed', 'restart'],
    ]);
    expect(world.apply(spec, { recreate: true }).runs()).toEqual(['a#1', 'b#2']);
    // What is to come is known: asked again, nothing has changed.
    const again = planOf(world.forest, { type: 'apply', at: world.now, app: world.app, root: spec, names: [], recreate: false });
    expect(again.changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
  });

  it('does not run it a second time when it ends while the up is stopping others', () => {
    const spec = root([job('a', { command: other }), service('b', { command: other })]);
    const world = booted(root([job('a'), 'b']))
      .let('ignores', 'b')
      .cron('a')
      .apply(spec);
    expect(world.phase('b')).toBe('stopping');
    world.exit('a', 0).pass(5_000);
    expect(world.runs()).toEqual(['b#2']);
    expect(world.service('a').state).toEqual({ phase: 'ended', how: 'completed' });
    expect(told(world, 'a').at(-1)).toBe('completed exit code 0');
  });

  it('has it follow no sibling, and siblings follow no job', () => {
    for (const strategy of ['one_for_all', 'rest_for_one'] as const) {
      const world = booted(root(['b', job('a'), 'c'], { strategy })).cron('a');
      world.apply(root([service('b', { command: other }), job('a'), 'c'], { strategy }));
      expect(world.runs()).toEqual(['b#2', 'a#1', 'c#2']);
      world.apply(root([service('b', { command: other }), job('a', { command: other }), 'c'], { strategy }));
      expect(world.runs()).toEqual(['b#2', 'a#1', 'c#2']);
    }
  });

  it('starts with the new command what a person restarts meanwhile', () => {
    const world = booted(root([job('a')]))
      .cron('a')
      .apply(root([job('a', { command: other })]))
      .restart('a');
    expect(world.runAt('a')).toMatchObject({ run: 2, command: other });
  });

  it('takes it back without a trace', () => {
    const world = booted(root([job('a')]))
      .cron('a')
      .apply(root([job('a', { command: other })]))
      .apply(root([job('a')]));
    expect(world.service('a')).toMatchObject({ run: 1, nextSpec: null, spec: { command: ['/bin/a'] } });
  });

  it('replaces it when it is to be no job any more, though what it has done is told', () => {
    const spec = root([service('a', { command: other }), service('b', { command: other })]);
    const world = booted(root([job('a'), 'b']))
      .cron('a')
      .apply(spec);
    expect(world.runs()).toEqual(['a#2', 'b#2']);
    const ended = booted(root([job('a'), 'b']))
      .let('ignores', 'b')
      .cron('a')
      .apply(spec)
      .exit('a', 0)
      .pass(5_000);
    expect(ended.runs()).toEqual(['a#2', 'b#2']);
    expect(told(ended, 'a')).toContain('completed exit code 0');
    const removed = booted(root([job('a'), 'b']))
      .let('ignores', 'b')
      .cron('a')
      .apply(root([]))
      .exit('a', 0);
    expect(told(removed, 'a')).toContain('completed exit code 0');
  });

  it('knows what is to come only as long as it runs: none that was a job with another command passes for a service', () => {
    const spec = root([job('a', { command: other })]);
    const world = booted(root([job('a')]))
      .cron('a')
      .apply(spec)
      .apply(root([service('a', { command: other })]));
    expect(world.runAt('a')).toMatchObject({ run: 2, command: other });
  });
});

describe('an up that makes a job of a service', () => {
  it('stops what runs something else, and leaves the start to its time', () => {
    for (const restart of ['permanent', 'temporary'] as const) {
      const world = booted(root([service('a', { restart }), 'b'], { strategy: 'one_for_all' }));
      world.apply(root([job('a', { command: other }), 'b'], { strategy: 'one_for_all' }));
      expect(world.runs()).toEqual(['b#1']);
      expect(world.service('a')).toMatchObject({ desired: 'up', cause: null, state: { phase: 'ended', how: 'waiting' } });
      expect(world.cron('a').runAt('a').command).toEqual(other);
    }
  });
});

describe('an up while somebody else stops a job', () => {
  it('has it wait then', () => {
    const world = booted(root([job('a')]))
      .let('ignores', 'a')
      .cron('a')
      .stop('a')
      .apply(root([job('a')]))
      .pass(5_000);
    expect(world.running()).toEqual([]);
    expect(world.service('a')).toMatchObject({ desired: 'up', leaving: 'no', state: { phase: 'ended', how: 'waiting' } });
    expect(world.cron('a').runs()).toEqual(['a#2']);
  });

  it('leaves a restart by hand to go on', () => {
    const world = booted(root([job('a')]))
      .let('ignores', 'a')
      .cron('a')
      .restart('a')
      .apply(root([job('a', { command: other })]))
      .pass(5_000);
    expect(world.runAt('a')).toMatchObject({ run: 2, command: other });
  });
});

describe('a temporary service that is no job', () => {
  it('is replaced by an up that changes it, also when it ends before its turn', () => {
    const one = (fields: Partial<ServiceSpec> = {}) => service('a', { restart: 'temporary', ...fields });
    const spec = root([one({ command: other }), service('b', { command: other })]);
    const world = booted(root([one(), 'b']))
      .let('ignores', 'b')
      .apply(spec);
    expect(world.exit('a', 0).pass(5_000).runs()).toEqual(['a#2', 'b#2']);
  });
});

describe('a time that comes while its supervisor is not ready', () => {
  /** In a group restart: `b` has crashed, and `x` takes its time to stop. */
  const restarting = (world = new World()): World => {
    world.apply(root(['x', job('a'), 'b'], { strategy: 'one_for_all' })).let('ignores', 'x');
    return world.die('b');
  };

  it('is kept through a restart of the group, with the clock as its cause', () => {
    const world = restarting().cron('a').cron('a');
    expect(world.running()).toEqual([]);
    expect(world.pass(5_000).runs()).toEqual(['x#2', 'a#1', 'b#2']);
    expect(told(world, 'a')).toEqual([`started cron ${NIGHTLY}`]);
    expect(world.service('a').restarts).toBe(0);
  });

  it('is kept also for one that was stopped with the group, which nobody brings back else', () => {
    const begun = (): World => {
      const world = new World().apply(root(['x', job('a'), 'b'], { strategy: 'one_for_all' })).let('ignores', 'x');
      return world.cron('a').die('b');
    };
    expect(begun().pass(5_000).runs()).toEqual(['x#2', 'b#2']);
    expect(begun().cron('a').pass(5_000).runs()).toEqual(['x#2', 'a#2', 'b#2']);
  });

  it('is told as skipped where its last run is being stopped with the group, or has ended and nobody has looked at that yet', () => {
    const begun = (): World => {
      const world = new World().apply(root([job('a'), 'x', 'b'], { strategy: 'one_for_all' })).let('ignores', 'x', 'a');
      return world.cron('a').die('b');
    };
    const ended = begun().exit('a', 0).cron('a');
    expect([ended.phase('a'), told(ended, 'a').at(-1)]).toEqual(['down', `skipped cron ${NIGHTLY}: its run 1 goes on`]);
    const stopping = begun().die('x').cron('a');
    expect([stopping.phase('a'), told(stopping, 'a').at(-1)]).toEqual(['stopping', `skipped cron ${NIGHTLY}: its run 1 goes on`]);
  });

  it('is kept for what a person wants meanwhile, too', () => {
    const world = restarting().start('a').pass(5_000);
    expect(world.runs()).toEqual(['x#2', 'a#1', 'b#2']);
    expect(told(world, 'a')).toEqual(['started -']);
  });

  it('is kept by an up meanwhile', () => {
    const world = restarting()
      .cron('a')
      .apply(root(['x', job('a', { command: other }), 'b'], { strategy: 'one_for_all' }));
    expect(world.pass(5_000).runAt('a')).toMatchObject({ run: 1, command: other });
  });

  it('brings down nothing when it cannot be started then', () => {
    const world = new World().let('puppet', 'x').let('fails', 'a');
    world
      .apply(root(['x', job('a'), 'b']))
      .cron('a')
      .answer('x');
    expect(world.runs()).toEqual(['x#1', 'b#1']);
    expect(world.service('a')).toMatchObject({ state: { phase: 'ended', how: 'failed' } });
    const group = restarting(new World().let('fails', 'a')).cron('a').pass(5_000);
    expect(group.runs()).toEqual(['x#2', 'b#2']);
    expect(group.supervisor('').history).toHaveLength(1);
  });
});
