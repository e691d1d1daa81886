import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import type { ReadySpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const PROBE = { by: 'tcp', host: 'localhost', port: 80, tryMs: 5_000 } as const;
const READY: ReadySpec = {
  method: PROBE,
  delayMs: 0,
  intervalMs: 500,
  timeoutMs: 60_000,
};
const ONCE: ReadySpec = { ...READY, method: { by: 'exit' } };
const db = service('db', { ready: READY });
const told = (world: World): readonly string[] =>
  world.reports.map(({ event, path, cause }) => `${event} ${path}${cause ? `: ${describeCause(cause)}` : ''}`);

describe('readiness', () => {
  it('the next child starts when the one before it is ready', () => {
    const world = new World({ manner: 'puppet' }).apply(root([db, 'api'])).answer('db');
    expect(world.lines).toEqual(['spawn db', 'start db']);
    world.ready('db');
    expect(world.lines.at(-1)).toBe('spawn api');
    expect(told(world)).toEqual(['started db', 'ready db']);
  });

  it('not ready in time fails the boot, with the last answer as the cause', () => {
    const world = new World()
      .let('puppet', 'db')
      .apply(root(['first', db, 'api']))
      .answer('db')
      .notReady('db', 'not ready within 1m: HTTP 503');
    world.die('db', 'SIGTERM');
    expect(world.running()).toEqual([]);
    expect(world.phase('')).toBe('ended');
    expect(describeCause(world.root.cause ?? { type: 'halted' })).toBe('failed_to_start_child db: not ready within 1m: HTTP 503');
    expect(world.lines).not.toContain('start api');
  });

  it('an end before it is ready is a failed start, also a clean one', () => {
    const world = new World()
      .let('puppet', 'db')
      .apply(root([db]))
      .answer('db')
      .exit('db', 0);
    expect(describeCause(world.root.cause ?? { type: 'halted' })).toBe('failed_to_start_child db: ended before it was ready: exit code 0');
  });

  it('so is one that takes too much memory before it is ready', () => {
    const hungry = { ...db, maxMemoryBytes: 2 ** 20 };
    const world = new World()
      .let('puppet', 'db')
      .apply(root([hungry]))
      .answer('db')
      .exceed('db', 2 ** 21)
      .die('db', 'SIGTERM');
    expect(world.phase('')).toBe('ended');
    expect(describeCause(world.root.cause ?? { type: 'halted' })).toBe('failed_to_start_child db: memory limit: 2.0 MB of 1.0 MB');
  });

  it('a restart that is not ready in time is charged and tried again', () => {
    const world = booted(root([db], { intensity: 2 }))
      .let('puppet', 'db')
      .die('db')
      .answer('db')
      .notReady('db')
      .die('db', 'SIGTERM');
    expect(world.root.history).toHaveLength(2);
    expect(world.lines.at(-1)).toBe('spawn db');
    world.answer('db').notReady('db').die('db', 'SIGTERM');
    expect(world.phase('')).toBe('ended');
  });

  it('one that somebody starts and that is not ready stays as it is, failed', () => {
    const world = booted(root([db, 'api']))
      .stop('db')
      .let('puppet', 'db')
      .start('db')
      .answer('db')
      .notReady('db')
      .die('db', 'SIGTERM');
    expect(world.service('db').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.root.history).toEqual([]);
  });

  it('a person may stop it before it is ready, and that is no failure', () => {
    const world = new World()
      .let('puppet', 'db')
      .apply(root([db, 'api']))
      .answer('db')
      .notReady('db')
      .stop('db')
      .die('db', 'SIGTERM');
    expect(world.phase('db')).toBe('stopped');
    expect(world.phase('')).toBe('running');
    expect(world.running()).toEqual(['api']);
  });

  it('what is ready by ending well lets the next one start, and is completed', () => {
    const migrate = service('migrate', { restart: 'transient', ready: ONCE });
    const world = new World({ manner: 'puppet' }).apply(root([migrate, 'api'])).answer('migrate');
    expect(world.lines).not.toContain('spawn api');
    world.exit('migrate', 0);
    expect(world.lines.at(-1)).toBe('spawn api');
    expect(world.service('migrate').state).toEqual({ phase: 'ended', how: 'completed' });
  });

  it('and fails the boot with its exit code when it ends badly', () => {
    const migrate = service('migrate', { restart: 'temporary', ready: ONCE });
    const world = new World({ manner: 'puppet' })
      .apply(root([migrate, 'api']))
      .answer('migrate')
      .exit('migrate', 3);
    expect(describeCause(world.root.cause ?? { type: 'halted' })).toBe('failed_to_start_child migrate: exit code 3');
  });

  it('another way of being ready restarts nothing, but for one that the program has to be executed with', () => {
    const asked = (ready: ReadySpec): World => booted(root([db])).apply(root([{ ...db, ready }]));
    expect(asked({ ...READY, timeoutMs: 1 }).runs()).toEqual(['db#1']);
    expect(asked({ ...READY, method: { by: 'log', pattern: 'up' } }).runs()).toEqual(['db#1']);
    expect(asked({ ...READY, method: { by: 'fd', fd: 3 } }).runs()).toEqual(['db#2']);
    expect(asked({ ...READY, method: { by: 'notify' } }).runs()).toEqual(['db#2']);
  });

  it.each(['one_for_one', 'one_for_all'] as const)('an up with another command overtakes a start that is waited for: %s', (strategy) => {
    const withDb = (command: readonly string[]) => root(['a', { ...db, command }, 'api'], { strategy });
    const world = new World()
      .let('puppet', 'db')
      .apply(withDb(['/bin/old']))
      .answer('db')
      .apply(withDb(['/bin/new']));
    world.let('obeys', 'db').die('db', 'SIGTERM');
    expect([world.running(), world.runAt('db').command, world.service('api').run]).toEqual([['a', 'db', 'api'], ['/bin/new'], 1]);
    expect([world.root.state.phase, world.root.applying]).toEqual(['running', null]);
  });

  it('and the start of a group, too', () => {
    const withDb = (command: readonly string[]) => root(['a', { ...db, command }, 'api'], { strategy: 'one_for_all' });
    const world = booted(withDb(['/bin/old']))
      .let('puppet', 'db')
      .die('a')
      .die('db', 'SIGTERM')
      .answer('db')
      .apply(withDb(['/bin/new']));
    world.let('obeys', 'db').die('db', 'SIGTERM');
    expect([world.runs(), world.runAt('db').command, world.root.history.length]).toEqual([['a#3', 'db#3', 'api#2'], ['/bin/new'], 1]);
  });

  it('and so does one with another readiness, with none, and without what is started', () => {
    const begun = (): World =>
      new World()
        .let('puppet', 'data/db')
        .apply(root([supervisor('data', [db]), 'api']))
        .answer('data/db');
    const easier: ReadySpec = { ...READY, timeoutMs: 1 };
    expect(
      begun()
        .apply(root([supervisor('data', [{ ...db, ready: easier }]), 'api']))
        .service('data/db').spec.ready,
    ).toEqual(easier);
    expect(
      begun()
        .apply(root([supervisor('data', ['db']), 'api']))
        .runs(),
    ).toEqual(['data/db#1', 'api#1']);
    expect(
      begun()
        .apply(root(['api']))
        .let('obeys', 'data/db')
        .take()
        .at(-1),
    ).toBe('stop data/db');
  });

  it('one that nobody asks any more is ready', () => {
    const world = booted(root([db, service('api', { needs: ['db'] })]))
      .let('puppet', 'db')
      .together('db', 'api')
      .answer('db');
    expect([world.proving(), world.phase('api')]).toEqual([['db'], 'waiting']);
    world.apply(root([{ ...db, ready: null }, service('api', { needs: ['db'] })]));
    expect([world.proving(), world.runs()]).toEqual([[], ['db#2', 'api#2']]);
  });

  it('news of an earlier run changes nothing', () => {
    const world = booted(root([db]))
      .let('puppet', 'db')
      .die('db')
      .answer('db');
    const before = world.forest;
    world.send({ type: 'ready', at: world.now, app: world.app, path: 'db', run: 1 });
    expect(world.forest).toBe(before);
  });
});

describe('liveness', () => {
  const ALIVE = { method: PROBE, intervalMs: 1_000, graceMs: 0, failures: 3, clearAfter: 3 } as const;
  const web = service('web', { alive: ALIVE });

  it('ends a run that is not well, and supervision restarts it as after a crash', () => {
    const world = booted(root([web])).unhealthy('web', 'HTTP 500 three times');
    expect(world.lines).toEqual(['stop web', 'end web', 'start web']);
    expect(world.root.history).toHaveLength(1);
    expect(told(world)[0]).toBe('stopping web: liveness: HTTP 500 three times');
    expect(told(world).at(-1)).toBe('restarted web: liveness: HTTP 500 three times');
    expect(world.reports[0]?.by).toBe('probe');
  });

  it('a transient one, too: it did not end well', () => {
    expect(
      booted(root([{ ...web, restart: 'transient' }]))
        .unhealthy('web')
        .runs(),
    ).toEqual(['web#2']);
  });

  it('is nothing to one that is not watched any more, or not ready yet', () => {
    expect(booted(root(['web'])).unhealthy('web').lines).toEqual([]);
    const world = booted(root([{ ...web, ready: READY }]))
      .let('puppet', 'web')
      .die('web')
      .answer('web');
    world.take();
    expect(world.unhealthy('web').lines).toEqual([]);
  });

  it('too often is too often: the budget ends it', () => {
    const world = booted(root([web], { intensity: 1 }))
      .unhealthy('web')
      .unhealthy('web');
    expect(world.phase('')).toBe('ended');
    expect(describeCause(world.root.cause ?? { type: 'halted' })).toContain('last web: liveness: HTTP 500 three times');
  });
});

describe('idle', () => {
  const lazy = service('lazy', { autostart: false, onDemand: true, idleMs: 300_000 });

  it('stops one that is started on demand until somebody starts it', () => {
    const world = booted(root([lazy, 'web']))
      .start('lazy')
      .idle('lazy');
    expect(world.phase('lazy')).toBe('stopped');
    expect(told(world).filter((line) => line.startsWith('stopping'))).toEqual(['stopping lazy: idle for 5m']);
    expect(world.start('lazy').runs()).toEqual(['lazy#2', 'web#1']);
  });

  it('one that sleeps is not woken by the restart of its siblings', () => {
    const world = booted(root([lazy, 'web'], { strategy: 'one_for_all' })).die('web');
    expect(world.runs()).toEqual(['web#2']);
    expect(world.start('lazy').die('web').runs()).toEqual(['lazy#2', 'web#3']);
  });
});

describe('backoff', () => {
  const backoff = { minMs: 100, maxMs: 1_000, factor: 2, jitter: 0, resetAfterMs: 10_000 } as const;
  const web = service('web', { backoff });
  const waits = (world: World): number => {
    const { state } = world.service('web');
    return state.phase === 'waiting' && state.until !== null ? state.until - world.now : Number.NaN;
  };

  it('waits longer after each end, at most its max, and begins again after a long run', () => {
    const world = booted(root([web], { intensity: 100 }));
    const delays = [1, 2, 3, 4, 5, 6].map(() => {
      const delay = waits(world.die('web'));
      world.pass(delay);
      return delay;
    });
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(waits(world.pass(10_000).die('web'))).toBe(100);
  });

  it('is another one for each run with jitter, and never beyond it', () => {
    const world = booted(root([{ ...web, backoff: { ...backoff, jitter: 0.5, factor: 1 } }], { intensity: 100 }));
    const delays = Array.from({ length: 20 }, () => {
      const delay = waits(world.die('web'));
      world.pass(delay);
      return delay;
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBeLessThanOrEqual(150);
    expect(new Set(delays).size).toBeGreaterThan(10);
  });

  it('the budget counts all the same', () => {
    const world = booted(root([web], { intensity: 1, periodMs: 5_000 }))
      .die('web')
      .pass(100)
      .die('web');
    expect(world.phase('')).toBe('ended');
  });

  it('a start by hand skips the wait', () => {
    expect(
      booted(root([web]))
        .die('web')
        .start('web')
        .runs(),
    ).toEqual(['web#2']);
  });

  it('a stop by hand ends it', () => {
    const world = booted(root([web]))
      .die('web')
      .stop('web')
      .pass(10_000);
    expect(world.phase('web')).toBe('stopped');
    expect(world.runs()).toEqual([]);
  });

  it('its siblings run on meanwhile, and are not waited for', () => {
    const world = booted(root(['a', web, 'b'])).die('web');
    expect(world.running()).toEqual(['a', 'b']);
    expect(world.pass(100).running()).toEqual(['a', 'web', 'b']);
  });

  it('with a strategy the whole group waits for who crashed, in order', () => {
    const world = booted(root(['a', web, 'b'], { strategy: 'one_for_all' })).die('web');
    expect(world.running()).toEqual(['a']);
    expect(world.take()).toEqual(['end web', 'stop b', 'end b', 'stop a', 'end a', 'start a']);
    expect(world.pass(100).take()).toEqual(['start web', 'start b']);
  });

  it('who is restarted for another one does not wait', () => {
    expect(
      booted(root([web, 'a'], { strategy: 'one_for_all' }))
        .die('a')
        .running(),
    ).toEqual(['web', 'a']);
  });

  it('down does not wait for it', () => {
    const world = booted(root([supervisor('in', [web])]))
      .die('in/web')
      .down();
    expect(world.forest.apps).toEqual({});
  });
});
