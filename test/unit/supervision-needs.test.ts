import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import { freshSupervisor } from '../../src/supervision/fresh.js';
import { neededBy } from '../../src/supervision/needs.js';
import type { WatchdogSpec } from '../../src/supervision/spec.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const PROBE = { by: 'tcp', host: 'localhost', port: 80, tryMs: 5_000 } as const;
const READY = { method: PROBE, delayMs: 0, intervalMs: 500, timeoutMs: 60_000 } as const;
const database: WatchdogSpec = { name: 'database', method: PROBE, cwd: '/', env: {}, intervalMs: 1_000, failures: 3, clearAfter: 3 };
const told = (world: World): readonly string[] =>
  world.reports.map(({ event, path, cause }) => `${event} ${path}${cause ? `: ${describeCause(cause)}` : ''}`);

describe('needs', () => {
  it('who needs somebody that comes later in the file waits, and does not hold up who comes after it', () => {
    const api = service('api', { needs: ['db'] });
    const world = new World({ manner: 'puppet' }).apply(root([api, service('db', { ready: READY }), 'web']));
    expect(world.phase('api')).toBe('waiting');
    expect(world.take()).toEqual(['spawn db']);
    world.answer('db').ready('db');
    expect(world.take()).toEqual(['start db', 'spawn api']);
    world.answer('api');
    expect(world.take()).toEqual(['start api', 'spawn web']);
    expect(told(world)[0]).toBe('waiting api: needs db');
  });

  it('reach across the tree', () => {
    const world = new World().apply(root([supervisor('backend', [service('api', { needs: ['data/db'] })]), supervisor('data', ['db'])]));
    expect(world.take()).toEqual(['start data/db', 'start backend/api']);
  });

  it('a supervisor is up when all in it has started', () => {
    const data = supervisor('data', ['db', service('cache', { ready: READY })]);
    const world = new World({ manner: 'puppet' }).apply(root([service('api', { needs: ['data'] }), data]));
    world.answer('data/db').answer('data/cache');
    expect(world.phase('api')).toBe('waiting');
    expect(world.ready('data/cache').phase('api')).toBe('starting');
  });

  it('also what in it waits for something else, but not for what nobody wants or what has its time', () => {
    const waits = service('db', { needs: ['database'], ready: READY });
    const data = supervisor('data', [
      waits,
      service('off', { autostart: false }),
      service('job', { cron: '* * * * *', restart: 'temporary' }),
    ]);
    const world = new World({ manner: 'puppet' }).apply(root([service('api', { needs: ['data'] }), data], { watchdogs: [database] }));
    expect([world.phase('data'), world.phase('api')]).toEqual(['running', 'waiting']);
    world.watchdog('database', true).answer('data/db');
    expect(world.phase('api')).toBe('waiting');
    expect(world.ready('data/db').phase('api')).toBe('starting');
  });

  it('what does something once is up when it has done it', () => {
    const migrate = service('migrate', { restart: 'transient', ready: { ...READY, method: { by: 'exit' } } });
    const world = new World({ manner: 'puppet' }).apply(root([service('api', { needs: ['migrate'] }), migrate])).answer('migrate');
    expect(world.exit('migrate', 0).phase('api')).toBe('starting');
  });

  it('a watchdog that nobody has heard of, or that is down, keeps waiting who needs it', () => {
    const world = new World().apply(root([service('api', { needs: ['database'] }), 'web'], { watchdogs: [database] }));
    expect(world.running()).toEqual(['web']);
    expect(world.watchdog('database', false).running()).toEqual(['web']);
    expect(world.watchdog('database', true).running()).toEqual(['api', 'web']);
  });

  it('nor does a watchdog know how things are when all is started anew', () => {
    const world = booted(root([service('api', { needs: ['database'] })], { watchdogs: [database] })).watchdog('database', true);
    expect(world.stop('').start('').phase('api')).toBe('waiting');
    expect(world.watchdog('database', true).runs()).toEqual(['api#2']);
  });

  it('that what it needs ends does not end it, but its restart waits', () => {
    const world = booted(root(['db', service('api', { needs: ['db'] })])).stop('db');
    expect(world.running()).toEqual(['api']);
    world.die('api');
    expect(world.phase('api')).toBe('waiting');
    expect(world.start('db').runs()).toEqual(['db#2', 'api#2']);
    expect(world.service('api').restarts).toBe(1);
  });

  it('who needs somebody stops first, whatever the order of the file', () => {
    const world = booted(
      root([supervisor('backend', [service('api', { needs: ['data/db'] }), 'worker']), supervisor('data', ['db', 'cache'])]),
    );
    world.down();
    const ends = world.take().filter((line) => line.startsWith('end'));
    expect(ends).toEqual(['end data/cache', 'end backend/worker', 'end backend/api', 'end data/db']);
  });

  it('who is to be replaced, but not before a group restart is over, holds up nobody whom that stops', () => {
    const tree = (command: readonly string[]) =>
      root([service('api', { needs: ['db'], command }), 'web', 'db', 'last'], { strategy: 'rest_for_one' });
    const world = booted(tree(['/bin/old']))
      .let('puppet', 'last')
      .die('web')
      .apply(tree(['/bin/new']));
    world.let('obeys', 'last').die('last', 'SIGTERM');
    expect(world.runs()).toEqual(['api#2', 'web#2', 'db#2', 'last#2']);
  });

  it('nor does one whose supervisor has yet to start, and waits for that group', () => {
    const tree = (command: readonly string[]) =>
      root([
        service('api', { needs: ['data/db'], command }),
        supervisor('data', ['web', 'db', 'last'], { strategy: 'one_for_all' }),
        service('slow', { ready: READY }),
      ]);
    const world = new World()
      .let('puppet', 'slow')
      .apply(tree(['/bin/old']))
      .answer('slow');
    world
      .let('puppet', 'data/last')
      .die('data/web')
      .apply(tree(['/bin/new']));
    world.let('obeys', 'data/last').die('data/last', 'SIGTERM').ready('slow');
    expect(world.runs()).toEqual(['api#2', 'data/web#2', 'data/db#2', 'data/last#2', 'slow#1']);
  });

  it('nobody holds up each other where an up has turned a need round, and is not done with it', () => {
    const tree = (a: readonly string[], b: readonly string[]) =>
      root([
        supervisor('two', [service('b', { needs: b })]),
        supervisor('one', [service('a', { needs: a }), service('slow', { ready: READY })]),
      ]);
    const world = new World()
      .let('puppet', 'one/slow')
      .apply(tree(['two/b'], []))
      .answer('one/slow');
    world
      .apply(tree([], ['one/a']))
      .down()
      .die('one/slow', 'SIGTERM');
    expect(world.forest.apps).toEqual({});
  });

  it('a stop by hand of what is needed stops that alone', () => {
    expect(
      booted(root(['db', service('api', { needs: ['db'] })]))
        .stop('db')
        .running(),
    ).toEqual(['api']);
  });

  describe('of several that are asked to stop, whatever they are stopped for', () => {
    const slow = (): World =>
      booted(root(['db', service('web', { needs: ['db'] }), service('x', { links: ['db', 'web'] })])).let('puppet', 'web');

    it.each([[['db', 'web']], [['web', 'db']]])('by hand (%s), who is needed is told to only when the others have ended', (names) => {
      const world = slow().stop(names);
      expect(world.take()).toEqual(['stop web']);
      expect([world.phase('db'), world.phase('web')]).toEqual(['stopping', 'stopping']);
      expect(world.die('web', 'SIGTERM').take()).toEqual(['end web', 'stop db', 'end db']);
      expect(world.running()).toEqual(['x']);
      expect(told(world)).toEqual([
        'stopping web: stopped by hand',
        'stopped web: stopped by hand',
        'stopping db: stopped by hand',
        'stopped db: stopped by hand',
      ]);
    });

    it('nor does it help to ask for it earlier, while the other is stopping', () => {
      const world = slow().stop('web').stop('db');
      expect(world.take()).toEqual(['stop web']);
      expect(world.die('web', 'SIGTERM').running()).toEqual(['x']);
    });

    it('a restart starts them in their order again, whichever was named first', () => {
      const world = slow().restart(['db', 'web']);
      expect(world.take()).toEqual(['stop web']);
      world.let('obeys', 'web').die('web', 'SIGTERM');
      expect(world.take()).toEqual(['end web', 'stop db', 'end db', 'start db', 'start web']);
      expect(world.runs()).toEqual(['db#2', 'web#2', 'x#1']);
    });

    it('a restart of one that does not run starts it when what it needs has been restarted, too', () => {
      const world = slow().let('obeys', 'web').stop('web');
      world.take();
      expect(world.restart(['web', 'db']).take()).toEqual(['stop db', 'end db', 'start db', 'start web']);
    });

    it('a restart of what runs with what does not waits for the first of them', () => {
      const world = booted(root(['db', service('web', { needs: ['db'] })])).stop('web');
      world.take();
      world.let('puppet', 'db').restart(['db', 'web']);
      expect([world.take(), world.phase('web')]).toEqual([['stop db'], 'waiting']);
    });

    it('by links', () => {
      const world = slow().die('x');
      expect(world.take()).toEqual(['end x', 'start x', 'stop web']);
      world.let('obeys', 'web').die('web', 'SIGTERM');
      expect(world.take()).toEqual(['end web', 'stop db', 'end db', 'start db', 'start web']);
      expect(world.runs()).toEqual(['db#2', 'web#2', 'x#2']);
    });

    it('across supervisors that are named', () => {
      const tree = root([
        supervisor('data', ['db', service('cache', { needs: ['backend/queue'] })]),
        supervisor('backend', ['queue', service('api', { needs: ['data/db'] })]),
      ]);
      const world = booted(tree).stop(['data', 'backend']);
      const ends = world.take().filter((line) => line.startsWith('end'));
      expect(ends).toEqual(['end data/cache', 'end backend/api', 'end data/db', 'end backend/queue']);
    });

    it('without any time nobody is waited for, also not by who has waited', () => {
      expect(slow().stop(['db', 'web'], 0).take()).toEqual(['stop db', 'end db', 'stop web', 'kill web']);
      const world = slow().stop(['db', 'web']).let('ignores', 'db');
      world.take();
      expect(world.stop('db', 0).take()).toEqual(['stop db', 'kill db', 'end db']);
      expect([world.phase('db'), world.phase('web')]).toEqual(['stopped', 'stopping']);
    });

    it('a grace of its own counts from when it is told to, the shortest of those that were asked for', () => {
      const world = slow().let('ignores', 'db').stop(['db', 'web'], 900).stop('db', 300).stop('db');
      world.pass(500);
      expect(world.phase('db')).toBe('stopping');
      world.take();
      world.die('web', 'SIGTERM');
      expect(world.take()).toEqual(['end web', 'stop db']);
      expect(world.pass(299).take()).toEqual([]);
      expect(world.pass(1).take()).toEqual(['kill db', 'end db']);
    });

    it('what ends by itself meanwhile, or is wanted again, is no trouble', () => {
      expect(slow().stop(['db', 'web']).die('db').phase('db')).toBe('stopped');
      const world = slow().stop(['db', 'web']).start('db').die('web', 'SIGTERM');
      expect(world.runs()).toEqual(['db#2', 'x#1']);
    });

    it('who waits is stopped all the same when the time of its supervisor is up', () => {
      const tree = root([supervisor('data', ['db'], { shutdown: 200 }), service('web', { needs: ['data/db'] })]);
      const world = booted(tree).let('puppet', 'web').stop(['data/db', 'web']).stop('data');
      expect(world.pass(199).phase('data/db')).toBe('stopping');
      expect(world.pass(1).phase('data/db')).toBe('stopped');
    });

    it('a need that an up takes away holds up nobody any more', () => {
      const world = slow().stop(['db', 'web']);
      world.take();
      expect(world.apply(root(['db', 'web', service('x', { links: ['db', 'web'] })])).take()).toContain('stop db');
    });
  });

  it('an up that brings both starts them in this order', () => {
    const world = booted(root(['web'])).apply(root(['web', service('api', { needs: ['db'] }), 'db']));
    expect(world.take()).toEqual(['start db', 'start api']);
  });

  it('a start by hand waits, too, and says so', () => {
    const world = booted(root(['db', service('api', { needs: ['db'] })]))
      .stop('api')
      .stop('db')
      .start('api');
    expect(world.phase('api')).toBe('waiting');
    expect(told(world).at(-1)).toBe('waiting api: needs db');
    expect(world.start('db').running()).toEqual(['db', 'api']);
  });
});

describe('neededBy', () => {
  it('is everything that has to be up, each after what it needs itself', () => {
    const tree = root([service('web', { needs: ['api'] }), service('api', { needs: ['db', 'database'] }), 'db', 'other'], {
      watchdogs: [database],
    });
    expect(neededBy(freshSupervisor(tree), ['web'])).toEqual(['db', 'api']);
    expect(neededBy(freshSupervisor(tree), ['other'])).toEqual([]);
  });
});

describe('links', () => {
  const pair = root([service('a', { links: ['b'] }), 'b', 'c']);

  it('the crash of either restarts the other, once', () => {
    expect(booted(pair).die('a').runs()).toEqual(['a#2', 'b#2', 'c#1']);
    expect(booted(pair).die('b').runs()).toEqual(['a#2', 'b#2', 'c#1']);
  });

  it('and costs one restart of the budget', () => {
    const world = booted(pair).die('a');
    expect(world.root.history).toHaveLength(1);
    expect(told(world)).toContain('stopping b: linked with a, which ended: signal SIGSEGV');
    expect(told(world)).toContain('restarted b: linked with a, which ended: signal SIGSEGV');
    expect(world.service('b').restarts).toBe(1);
  });

  it('go on from one to the next', () => {
    const chain = root([service('a', { links: ['b'] }), service('b', { links: ['in/c'] }), supervisor('in', ['c']), 'd']);
    expect(booted(chain).die('in/c').runs()).toEqual(['a#2', 'b#2', 'in/c#2', 'd#1']);
  });

  it('a clean end, a stop and a restart by hand are nothing to others', () => {
    const transient = root([service('a', { links: ['b'], restart: 'transient' }), 'b']);
    expect(booted(transient).exit('a', 0).runs()).toEqual(['b#1']);
    expect(booted(pair).stop('a').runs()).toEqual(['b#1', 'c#1']);
    expect(booted(pair).restart('a').runs()).toEqual(['a#2', 'b#1', 'c#1']);
  });

  it('what is stopped by hand stays stopped', () => {
    expect(booted(pair).stop('b').die('a').runs()).toEqual(['a#2', 'c#1']);
  });

  it('a temporary service is not brought back, but who is linked with it is restarted', () => {
    const world = booted(root([service('a', { links: ['b'], restart: 'temporary' }), 'b'])).die('a');
    expect(world.runs()).toEqual(['b#2']);
  });
});
