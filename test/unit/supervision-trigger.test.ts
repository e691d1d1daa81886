import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { isWatchOff } from '../../src/supervision/trigger.js';
import { pool, root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const NIGHTLY = '0 3 * * *';
const watch: ServiceSpec['watch'] = { folder: '/srv', paths: ['/srv/src'], ignore: [] };
const MB = 1024 ** 2;

const nightly = (name: string, fields: Partial<ServiceSpec> = {}) => service(name, { cron: NIGHTLY, ...fields });
const job = (name: string, fields: Partial<ServiceSpec> = {}) => nightly(name, { restart: 'temporary', ...fields });
const watching = (name: string, fields: Partial<ServiceSpec> = {}) => service(name, { watch, ...fields });
const limited = (name: string, fields: Partial<ServiceSpec> = {}) => service(name, { maxMemoryBytes: 300 * MB, ...fields });

/** "event by cause" of each report about a path since the beginning. */
const told = (world: World, path: string): readonly string[] =>
  world.reports
    .filter((report) => report.path === path)
    .map(({ event, by, cause }) => `${event} ${by} ${cause ? describeCause(cause) : '-'}`);
const why = (world: World, path: string): string => {
  const { cause } = world.node(path);
  return cause ? describeCause(cause) : '-';
};

describe('a time of cron', () => {
  it('restarts what is live by the shutdown rule, as by hand: nothing is charged, and the clock is the cause', () => {
    const world = booted(root(['x', nightly('a'), 'y'], { intensity: 0, strategy: 'one_for_all' }));
    world.cron('a');
    expect(world.take()).toEqual(['stop a', 'end a', 'start a']);
    expect(world.supervisor('').history).toEqual([]);
    expect(world.service('a')).toMatchObject({ restarts: 0, run: 2 });
    expect(told(world, 'a')).toEqual([
      `stopping supervisor cron ${NIGHTLY}`,
      `stopped supervisor cron ${NIGHTLY}`,
      `restarted supervisor cron ${NIGHTLY}`,
    ]);
  });

  it('keeps the number of restarts after crashes', () => {
    const world = booted(root([nightly('a')]))
      .die('a')
      .die('a')
      .cron('a');
    expect(world.service('a').restarts).toBe(2);
  });

  it('leaves alone what was stopped by hand, what has completed, and what is in a supervisor that has given up', () => {
    const stopped = booted(root([nightly('a')])).stop('a');
    expect(stopped.cron('a').running()).toEqual([]);
    const done = booted(root([nightly('a', { restart: 'transient' })])).exit('a', 0);
    expect(done.cron('a').running()).toEqual([]);
    const ended = booted(root([nightly('a')], { intensity: 0 })).die('a');
    expect(ended.cron('a').phase('')).toBe('ended');
    const inner = booted(root([supervisor('in', [nightly('a')]), 'b'])).stop('in');
    expect(inner.cron('in/a').running()).toEqual(['b']);
  });

  it('is none when the configuration has it no more', () => {
    const world = booted(root([nightly('a')])).apply(root([service('a')]));
    expect(world.cron('a').runs()).toEqual(['a#1']);
  });

  it('that comes while it is stopped anyway changes nothing', () => {
    const world = booted(root([nightly('a')]))
      .let('ignores', 'a')
      .restart('a')
      .cron('a');
    expect(world.service('a').state).toMatchObject({ phase: 'stopping', by: 'user', next: 'start' });
    expect(
      booted(root([nightly('a')]))
        .let('ignores', 'a')
        .down()
        .cron('a')
        .service('a').state,
    ).toMatchObject({ next: 'stopped' });
  });

  it('gives way to what somebody wants meanwhile', () => {
    const world = booted(root([nightly('a')]))
      .let('ignores', 'a')
      .cron('a')
      .stop('a')
      .pass(5_000);
    expect(world.running()).toEqual([]);
    expect(world.node('a')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
  });

  it('that cannot start the program again leaves it as failed, as by hand', () => {
    const world = booted(root([nightly('a'), 'b']))
      .let('fails', 'a')
      .cron('a');
    expect(world.service('a').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.runs()).toEqual(['b#1']);
  });
});

describe('a job (temporary, with cron)', () => {
  it('waits when it is brought up, is started by the clock, and shows how it ended until then', () => {
    const world = booted(root(['x', job('a')]));
    expect(world.running()).toEqual(['x']);
    expect(world.service('a')).toMatchObject({ desired: 'up', state: { phase: 'ended', how: 'waiting' }, run: 0 });
    world.cron('a');
    expect(world.runs()).toEqual(['x#1', 'a#1']);
    expect(told(world, 'a')).toEqual([`started supervisor cron ${NIGHTLY}`]);
    expect(world.exit('a', 0).service('a').state).toEqual({ phase: 'ended', how: 'completed' });
    expect(world.cron('a').exit('a', 3).service('a').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.cron('a').runs()).toEqual(['x#1', 'a#3']);
    expect(world.service('a').restarts).toBe(0);
  });

  it('is not started a second time: that time is told as skipped, the first of each run', () => {
    const world = booted(root([job('a')]))
      .cron('a')
      .cron('a');
    expect(world.runs()).toEqual(['a#1']);
    expect(told(world, 'a').at(-1)).toBe(`skipped supervisor cron ${NIGHTLY}: its run 1 goes on`);
    const reports = world.reports.length;
    expect(world.cron('a').cron('a').reports).toHaveLength(reports);
    world.exit('a', 0).cron('a').let('ignores', 'a').restart('a').cron('a').cron('a');
    expect(told(world, 'a').filter((line) => line.startsWith('skipped'))).toEqual([
      `skipped supervisor cron ${NIGHTLY}: its run 1 goes on`,
      `skipped supervisor cron ${NIGHTLY}: its run 2 goes on`,
    ]);
  });

  it('is started by hand at any time, and left alone by the clock once it was stopped by hand, until the next up', () => {
    const world = booted(root([job('a')]));
    expect(world.start('a').runs()).toEqual(['a#1']);
    expect(world.stop('a').cron('a').running()).toEqual([]);
    world.apply(root([job('a')]));
    expect(world.service('a')).toMatchObject({ desired: 'up', state: { phase: 'ended', how: 'waiting' } });
    expect(world.cron('a').runs()).toEqual(['a#2']);
  });

  it('is not run by an up, whatever has become of it; what was wrong with it is over then', () => {
    const spec = root([job('a')]);
    const done = booted(spec).cron('a').exit('a', 0).apply(spec);
    expect(done.service('a').state).toEqual({ phase: 'ended', how: 'completed' });
    const failed = booted(spec).cron('a').exit('a', 1).apply(spec);
    expect(failed.service('a')).toMatchObject({ cause: null, state: { phase: 'ended', how: 'waiting' } });
    const named = booted(spec).apply(spec, { names: ['a'] });
    expect(named.running()).toEqual([]);
  });

  it('becomes one and is one no more by an up, without a restart of what runs', () => {
    const world = booted(root([service('a', { restart: 'temporary' })])).apply(root([job('a')]));
    expect(world.runs()).toEqual(['a#1']);
    world.exit('a', 0).apply(root([job('a')]));
    expect(world.running()).toEqual([]);
    expect(world.apply(root([service('a', { restart: 'temporary' })])).runs()).toEqual(['a#2']);
  });

  it('waits again after its supervisor was restarted, and is not brought back by a sibling', () => {
    const world = booted(root([supervisor('in', [job('a'), 'b'], { strategy: 'one_for_all' })]));
    world.cron('in/a').die('in/b');
    expect(world.runs()).toEqual(['in/b#2']);
    expect(world.service('in/a').state).toEqual({ phase: 'ended', how: 'stopped' });
    world.restart('in');
    expect(world.service('in/a').state).toEqual({ phase: 'ended', how: 'waiting' });
    expect(world.cron('in/a').running()).toEqual(['in/a', 'in/b']);
  });

  it('whose time comes while its supervisor is starting runs at its turn', () => {
    const world = new World()
      .let('puppet', 'x')
      .apply(root(['x', job('a')]))
      .cron('a');
    expect(world.running()).toEqual([]);
    world.answer('x');
    expect(world.running()).toEqual(['x', 'a']);
  });
});

describe('a change of files', () => {
  it('restarts what is live, as by hand, and names the files', () => {
    const world = booted(root([watching('a'), 'b'], { intensity: 0 })).change('a', 'src/a.js');
    expect(world.runs()).toEqual(['a#2', 'b#1']);
    expect(why(world, 'a')).toBe('watch: src/a.js changed');
    expect(why(booted(root([watching('a')])).change('a', 'src/a', 'src/b', 'src/c'), 'a')).toBe('watch: src/a and 2 more changed');
  });

  it('starts what has completed or failed, and nothing that was stopped by hand, nor a job that waits', () => {
    const transient = watching('a', { restart: 'transient' });
    expect(
      booted(root([transient]))
        .exit('a', 0)
        .change('a', 'f')
        .runs(),
    ).toEqual(['a#2']);
    expect(
      booted(root([watching('a', { restart: 'temporary' })]))
        .exit('a', 1)
        .change('a', 'f')
        .runs(),
    ).toEqual(['a#2']);
    expect(
      booted(root([watching('a')]))
        .stop('a')
        .change('a', 'f')
        .runs(),
    ).toEqual([]);
    expect(
      booted(root([job('a', { watch })]))
        .change('a', 'f')
        .runs(),
    ).toEqual([]);
    expect(
      booted(root([service('a')]))
        .change('a', 'f')
        .runs(),
    ).toEqual(['a#1']);
  });

  it('brings back an application that gave up, with a fresh budget and the file as its cause', () => {
    const world = booted(root(['x', watching('a')], { intensity: 1 }))
      .die('a')
      .die('a');
    expect(world.phase('')).toBe('ended');
    world.change('a', 'src/a.js');
    expect(world.running()).toEqual(['x', 'a']);
    expect(world.supervisor('')).toMatchObject({ history: [], state: { phase: 'running' } });
    expect([why(world, ''), why(world, 'x')]).toEqual(['watch: src/a.js changed', 'the application was started; watch: src/a.js changed']);
    expect(world.die('a').running()).toEqual(['x', 'a']);
  });

  it('that comes while the application gives up brings it back when it has stopped', () => {
    const world = booted(root([service('x'), watching('a')], { intensity: 0 }))
      .let('ignores', 'x')
      .die('a')
      .change('a', 'f');
    expect(world.phase('')).toBe('stopping');
    expect(world.pass(5_000).running()).toEqual(['x', 'a']);
  });

  it('brings back no application that is going down, and no supervisor that was stopped by hand', () => {
    const world = booted(root(['x', watching('a')]))
      .let('ignores', 'x')
      .down()
      .change('a', 'f')
      .pass(5_000);
    expect(world.forest.apps).toEqual({});
    const inner = booted(root([supervisor('in', [watching('a')])])).stop('in');
    expect(inner.change('in/a', 'f').running()).toEqual([]);
  });

  it('starts a nested supervisor that failed, but not while its own supervisor is not at work', () => {
    const inner = supervisor('in', [watching('a')], { intensity: 0, restart: 'temporary' });
    const world = booted(root([inner, 'b'])).die('in/a');
    expect(world.phase('in')).toBe('ended');
    expect(world.change('in/a', 'f').running()).toEqual(['in/a', 'b']);
  });

  it('restarts each instance of a pool', () => {
    const world = booted(root([pool('w', { watch })]))
      .instance('w')
      .instance('w');
    expect(world.change('w/1', 'f').change('w/2', 'f').runs()).toEqual(['w/1#2', 'w/2#2']);
  });
});

describe('a service that changes what it watches itself', () => {
  const looped = (times: number, passMs = 500): World => {
    const world = booted(root([watching('a')])).pass(60_000);
    for (let time = 0; time < times; time += 1) world.change('a', 'src/state.json').pass(passMs);
    return world;
  };

  it('is restarted no more after five changes in a row, each soon after its start; what it runs is left alone', () => {
    // The first change was long after its start, so it is the next five that count.
    const before = looped(5);
    expect(before.runs()).toEqual(['a#6']);
    const world = looped(6);
    expect(world.runs()).toEqual(['a#6']);
    expect(told(world, 'a').at(-1)).toBe(
      'watch_stopped supervisor watch: off, as src/state.json changes soon after each start; if the service writes it, add it to watch.ignore',
    );
    expect(isWatchOff(world.service('a'))).toBe(true);
    const reports = world.reports.length;
    expect(world.change('a', 'src/other').pass(60_000).change('a', 'src/other').runs()).toEqual(['a#6']);
    expect(world.reports).toHaveLength(reports);
  });

  it('is watched again after a start or restart by hand, and after an up', () => {
    for (const again of [
      (world: World) => world.start('a'),
      (world: World) => world.restart('a'),
      (world: World) => world.apply(root([watching('a')])),
      (world: World) => world.stop('').start(''),
    ]) {
      const world = again(looped(6));
      const [run] = world.runs();
      expect(isWatchOff(world.service('a'))).toBe(false);
      expect(world.change('a', 'src/a').runs()).not.toEqual([run]);
    }
  });

  it('is found among other changes, by the file that is among them each time', () => {
    const world = booted(root([watching('a')]));
    for (const file of ['b', 'c', 'd', 'e', 'f']) world.pass(100).change('a', file, 'src/log');
    expect(told(world, 'a').at(-1)).toContain('as src/log changes');
  });

  it('is none who is changed by a person: later than soon after the start, or another file each time', () => {
    expect(looped(20, 3_001).runs()).toEqual(['a#21']);
    const world = booted(root([watching('a')]));
    for (let time = 0; time < 20; time += 1) world.pass(100).change('a', `src/${time}`);
    expect(world.runs()).toEqual(['a#21']);
  });

  it('is found, too, if it ends at once, and brings down the application with it each time', () => {
    const world = booted(root([watching('a')], { intensity: 0 })).pass(60_000);
    for (let time = 0; time < 8; time += 1) {
      if (world.running().length > 0) world.die('a');
      world.pass(300).change('a', 'src/state.json');
    }
    expect(world.phase('')).toBe('ended');
    expect(told(world, 'a').at(-1)).toContain('watch_stopped');
  });
});

describe('too much memory', () => {
  const MUCH = 312 * MB;

  it('is a crash: stopped by the shutdown rule, ended abnormally, charged, restarted', () => {
    const world = booted(root([limited('a'), 'b'], { intensity: 1 })).exceed('a', MUCH);
    expect(world.take()).toEqual(['stop a', 'end a', 'start a']);
    expect(world.supervisor('').history).toHaveLength(1);
    expect(told(world, 'a')).toEqual([
      'stopping supervisor memory limit: 312 MB of 300 MB',
      'exited supervisor memory limit: 312 MB of 300 MB',
      'restarted supervisor memory limit: 312 MB of 300 MB',
    ]);
    expect(world.reports.find(({ event }) => event === 'exited')?.type).toBe('child_terminated');
    expect(world.service('a')).toMatchObject({ restarts: 1 });
    expect(world.exceed('a', MUCH).phase('')).toBe('ended');
    expect(why(world, '')).toContain('last a: memory limit: 312 MB of 300 MB');
  });

  it('sets off the strategy, which has it as its cause', () => {
    const world = booted(root(['x', limited('a'), 'y'], { strategy: 'rest_for_one' })).exceed('a', MUCH);
    expect(world.runs()).toEqual(['x#1', 'a#2', 'y#2']);
    expect(why(world, 'y')).toBe('because a ended: memory limit: 312 MB of 300 MB; rest_for_one');
  });

  it('is abnormal however the program takes its stop: a transient one is restarted after exit code 0, a temporary one has failed', () => {
    const transient = new World({ manner: 'puppet' }).apply(root([limited('a', { restart: 'transient' })])).answer('a');
    transient.exceed('a', MUCH).exit('a', 0).answer('a');
    expect(transient.runs()).toEqual(['a#2']);
    const temporary = booted(root([limited('a', { restart: 'temporary' })])).exceed('a', MUCH);
    expect(temporary.service('a').state).toEqual({ phase: 'ended', how: 'failed' });
  });

  it('ends by SIGKILL what does not end in time', () => {
    const world = booted(root([limited('a')]))
      .let('ignores', 'a')
      .exceed('a', MUCH)
      .pass(5_000);
    expect(world.take()).toEqual(['stop a', 'kill a', 'end a', 'start a']);
    expect(told(world, 'a')).toContain('killed supervisor it had not ended 5s after its stop signal');
  });

  it('gives way to a stop by hand, and to a group that is stopped anyway, which costs nothing more', () => {
    const world = booted(root([limited('a')], { intensity: 0 }))
      .let('ignores', 'a')
      .exceed('a', MUCH)
      .stop('a')
      .pass(5_000);
    expect(world.service('a')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
    expect(world.phase('')).toBe('running');
    const group = booted(root([limited('a'), 'b'], { intensity: 1, strategy: 'one_for_all' }))
      .let('ignores', 'a')
      .exceed('a', MUCH)
      .die('b')
      .pass(5_000);
    expect(group.runs()).toEqual(['a#2', 'b#2']);
    expect(group.supervisor('').history).toHaveLength(1);
  });

  it('is no news of another run, of one within its limit, of one without a limit, or of one that is stopped anyway', () => {
    const world = booted(root([limited('a'), 'b']));
    const { forest } = world;
    world.exceed('a', 300 * MB).exceed('b', MUCH);
    world.send({ type: 'memory-exceeded', at: world.now, app: world.app, path: 'a', run: 7, bytes: MUCH });
    expect(world.forest).toBe(forest);
    const stopping = world.let('ignores', 'a').stop('a');
    const before = stopping.forest;
    expect(stopping.exceed('a', MUCH).forest).toBe(before);
  });
});

describe('what belongs to triggers in a configuration', () => {
  it('is changed without a restart', () => {
    const world = booted(root([service('a')]));
    world.apply(root([service('a', { cron: NIGHTLY, watch, maxMemoryBytes: 5 * MB })]));
    expect(world.runs()).toEqual(['a#1']);
    expect(world.cron('a').runs()).toEqual(['a#2']);
  });
});
