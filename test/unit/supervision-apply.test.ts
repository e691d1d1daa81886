import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import { logs, pool, root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const changed = (name: string): ReturnType<typeof service> => service(name, { command: [`/bin/${name}`, '--new'] });

describe('apply', () => {
  it('the first one boots the tree', () => {
    expect(new World().apply(root(['a', supervisor('in', ['x'])])).runs()).toEqual(['a#1', 'in/x#1']);
  });

  it('where nothing changed there is no command at all', () => {
    const tree = root(['a', service('e', { env: { A: '1', B: '2' } }), supervisor('in', ['x']), pool('w')]);
    const world = booted(tree).instance('w');
    world.commands.splice(0);
    const same = root(['a', service('e', { env: { B: '2', A: '1' } }), supervisor('in', ['x']), pool('w')]);
    expect(world.apply(same).apply(same, { names: ['a', 'in'] }).commands).toEqual([]);
    expect(world.root.applying).toBeNull();
  });

  it('starts what is added, at its place in the order', () => {
    const world = booted(root(['a', 'c'])).apply(root(['a', 'b', 'c', supervisor('in', ['x', 'y'])]));
    expect(world.take()).toEqual(['start b', 'start in/x', 'start in/y']);
    expect(world.running()).toEqual(['a', 'b', 'c', 'in/x', 'in/y']);
  });

  it('stops what is removed in reverse order, each awaited, and forgets it', () => {
    const world = booted(root(['a', 'b', 'c', supervisor('in', ['x'])])).apply(root(['b']));
    expect(world.take()).toEqual(['stop in/x', 'end in/x', 'stop c', 'end c', 'stop a', 'end a', 'forget a', 'forget c', 'forget in']);
    expect(world.runs()).toEqual(['b#1']);
  });

  it('what has to go goes first, then comes what is new', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .apply(root(['a', 'c']));
    expect(world.take()).toEqual(['stop b']);
    expect(world.die('b').take()).toEqual(['end b', 'forget b', 'start c']);
  });

  it.each([
    { command: ['/bin/b', 'x'] },
    { cwd: '/other' },
    { env: { A: '1' } },
    { stdin: 'null' },
    { envFiles: { A: '/a' } },
    { inheritEnv: [] },
    { nice: 5 },
    { umask: '027' },
    { limits: { nofile: 64, core: null } },
    { user: 'www-data' },
    { group: '33' },
  ] as const)('a changed %j restarts only that service', (fields) => {
    const world = booted(root(['a', 'b', 'c'])).apply(root(['a', service('b', fields), 'c']));
    expect(world.take()).toEqual(['stop b', 'end b', 'start b']);
    expect(world.runs()).toEqual(['a#1', 'b#2', 'c#1']);
    expect(world.service('b').spec).toMatchObject(fields);
  });

  it('a changed policy takes effect without any restart', () => {
    const fields = {
      restart: 'transient',
      shutdown: 7,
      stopSignal: 'SIGINT',
      successExitCodes: [9],
      autostart: false,
      orphans: 'leave',
      logs: logs({ mode: 'raw', keep: 1 }),
      logTotalBytes: 65_536,
    } as const;
    const next = root([service('a', fields), supervisor('in', ['x'], { intensity: 9, logTotalBytes: 99_999 })], {
      intensity: 0,
      logTotalBytes: 88_888,
      periodMs: 1,
      strategy: 'rest_for_one',
    });
    const world = booted(root(['a', supervisor('in', ['x'])])).apply(next);
    expect(world.commands).toEqual([]);
    expect(world.service('a').spec).toMatchObject(fields);
    expect(world.root.spec).toMatchObject({ intensity: 0, logTotalBytes: 88_888, periodMs: 1, strategy: 'rest_for_one' });
    expect(world.supervisor('in').spec).toMatchObject({ intensity: 9, logTotalBytes: 99_999 });
  });

  it('a changed intensity counts the restarts there were', () => {
    const world = booted(root(['a'], { intensity: 5 }))
      .die('a')
      .die('a')
      .apply(root(['a'], { intensity: 2 }))
      .die('a');
    expect(world.phase('')).toBe('ended');
  });

  it('a service that becomes a supervisor, and the reverse, is stopped and started as what it is now', () => {
    const world = booted(root(['a', 'b'])).apply(root([supervisor('a', ['x']), 'b']));
    expect(world.take()).toEqual(['stop a', 'end a', 'forget a', 'start a/x']);
    world.apply(root(['a', 'b']));
    expect(world.take()).toEqual(['stop a/x', 'end a/x', 'forget a', 'start a']);
  });

  it('another order is taken over without any restart; stops follow it', () => {
    const world = booted(root(['a', 'b', 'c'])).apply(root(['c', 'a', 'b']));
    expect(world.commands).toEqual([]);
    expect(world.down().take()).toEqual(['stop b', 'end b', 'stop a', 'end a', 'stop c', 'end c', 'forget *']);
  });

  it('starts what was stopped by hand or has failed; what has completed stays so', () => {
    const tree = root(['a', service('t', { restart: 'transient' }), service('x', { restart: 'temporary' }), supervisor('in', ['y'])]);
    const world = booted(tree).stop('a').stop('in').exit('t', 0).exit('x', 1).apply(tree);
    expect(world.runs()).toEqual(['a#2', 'x#2', 'in/y#2']);
    expect(world.apply(tree, { names: ['t'] }).running()).toContain('t');
  });

  it('a service without autostart is started neither by apply nor by its change, but by its name', () => {
    const tree = root(['a', service('tool', { autostart: false })]);
    const next = root(['a', service('tool', { autostart: false, command: ['/bin/other'] })]);
    const world = booted(tree).apply(tree).apply(next);
    expect(world.running()).toEqual(['a']);
    expect(world.apply(next, { names: ['tool'] }).runAt('tool').command).toEqual(['/bin/other']);
  });

  it('a service that is not to start by itself any more does not come with a stopped application', () => {
    const world = booted(root(['a', 'b']))
      .stop('')
      .apply(root(['a', service('b', { autostart: false })]));
    expect(world.running()).toEqual(['a']);
  });
});

describe('apply for names only', () => {
  it('touches only what is named; the rest stays as it was', () => {
    const world = booted(root(['a', 'b', supervisor('in', ['x', 'y'])])).apply(
      root([changed('a'), changed('b'), supervisor('in', [changed('x'), changed('y')])]),
      { names: ['a', 'in/y'] },
    );
    expect(world.runs()).toEqual(['a#2', 'b#1', 'in/x#1', 'in/y#2']);
    expect(world.service('b').spec.command).toEqual(['/bin/b']);
  });

  it('a named service that did not change keeps its process', () => {
    const tree = root(['a', 'b']);
    const world = booted(tree).apply(tree, { names: ['a'] });
    expect(world.commands).toEqual([]);
  });

  it("a supervisor's name means all below it", () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])]))
      .stop('a')
      .stop('in')
      .apply(root(['a', supervisor('in', ['x', 'y'])]), { names: ['in'] });
    expect(world.running()).toEqual(['in/x', 'in/y']);
  });

  it('the first boot starts only these; the rest is listed as stopped and can be started', () => {
    const world = new World().apply(root(['a', 'b', supervisor('in', ['x', 'y'])]), { names: ['b', 'in/y'] });
    expect(world.running()).toEqual(['b', 'in/y']);
    expect(world.node('a')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
    expect(world.start('a').running()).toEqual(['a', 'b', 'in/y']);
  });

  it('what is new but not named waits to be started; what is gone but not named stays', () => {
    const world = booted(root(['a', 'old'])).apply(root(['a', 'new', 'other']), { names: ['other'] });
    expect(world.running()).toEqual(['a', 'other', 'old']);
    expect(world.node('new')).toMatchObject({ desired: 'stopped' });
    expect(world.apply(root(['a', 'new', 'other'])).running()).toEqual(['a', 'new', 'other']);
  });
});

describe('apply that recreates', () => {
  it('stops everything in reverse order, then starts everything in order', () => {
    const tree = root(['a', 'b', service('t', { restart: 'transient' })]);
    const world = booted(tree).exit('t', 0);
    world.take();
    expect(world.apply(tree, { recreate: true }).take()).toEqual(['stop b', 'end b', 'stop a', 'end a', 'start a', 'start b', 'start t']);
  });

  it('with names recreates only those', () => {
    const tree = root(['a', 'b', supervisor('in', ['x'])]);
    expect(
      booted(tree)
        .apply(tree, { recreate: true, names: ['b', 'in'] })
        .runs(),
    ).toEqual(['a#1', 'b#2', 'in/x#2']);
  });

  it('leaves instances alone', () => {
    const tree = root([pool('w')]);
    expect(booted(tree).instance('w').apply(tree, { recreate: true }).runs()).toEqual(['w/1#1']);
  });
});

describe('apply at any moment', () => {
  it.each([
    ['before', ['in/x', 'c']],
    ['after', ['c', 'in/x']],
  ])('what was stopped by hand during a boot and is wanted again is the same person’s start, when it ends %s the boot', (_when, order) => {
    const tree = root([supervisor('in', ['x', service('tool', { autostart: false })]), 'c']);
    const world = new World({ manner: 'puppet' }).apply(tree).answer('in/x').start('in/tool').answer('in/tool');
    world.stop('in').exit('in/tool', 0).apply(tree);
    for (const path of order) {
      if (path === 'c') world.answer(path);
      else world.exit(path, 0);
    }
    world.answer('in/x').answer('in/tool');
    // As after any other stop and up, and no restart of supervision's.
    expect(world.runs()).toEqual(['in/x#2', 'in/tool#2', 'c#1']);
    expect(world.node('in')).toMatchObject({ restarts: 0, cause: null });
    expect(world.reports.map(({ event }) => event)).not.toContain('restarted');
  });

  it('during the boot: the boot goes on, then the change follows', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a', 'b']))
      .apply(root([changed('a'), changed('b'), 'c']));
    expect(world.take()).toEqual(['spawn a']);
    world.let('obeys', 'a').answer('a');
    expect(world.runAt('a').command).toEqual(['/bin/a', '--new']);
    expect(world.runAt('b')).toMatchObject({ run: 1, command: ['/bin/b', '--new'] });
    expect(world.runs()).toEqual(['a#2', 'b#1', 'c#1']);
  });

  it('during a boot that waits for what cannot start: the change mends it', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a', 'b']))
      .apply(root([changed('a'), 'b']));
    world.let('obeys', 'a').answer('a', 'no such file');
    expect(world.runs()).toEqual(['a#2', 'b#1']);
    expect(world.phase('')).toBe('running');
  });

  it('during the stop: starts again as soon as it has stopped, as the new specification has it', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .down()
      .apply(root(['a', 'c']))
      .die('b');
    expect(world.take()).toEqual(['stop b', 'end b', 'stop a', 'end a', 'forget b', 'start a', 'start c']);
    expect(world.root).toMatchObject({ leaving: 'no', desired: 'up' });
  });

  it('during the stop of one service by hand: it comes back', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a')
      .stop('a')
      .apply(root(['a', 'b']))
      .let('obeys', 'a')
      .die('a');
    expect(world.runs()).toEqual(['a#2', 'b#1']);
  });

  it('on a failed application: starts it as the new specification has it, with a fresh budget', () => {
    const world = booted(root(['a', 'b', 'c'], { intensity: 0 }))
      .die('a')
      .apply(root(['b', changed('a'), 'd'], { intensity: 1 }));
    expect(world.runs()).toEqual(['b#2', 'a#2', 'd#1']);
    expect(world.die('a').phase('')).toBe('running');
  });

  it('on an application that failed to boot: only a better one helps', () => {
    const world = new World()
      .let('fails', 'b')
      .apply(root(['a', 'b']))
      .apply(root(['a', 'b']));
    expect(world.phase('')).toBe('ended');
    expect(world.apply(root(['a'])).runs()).toEqual(['a#3']);
  });

  it('twice at once, the same: is one', () => {
    const next = root([changed('a'), 'b']);
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a')
      .apply(next)
      .apply(next)
      .let('obeys', 'a')
      .die('a');
    expect(world.take()).toEqual(['stop a', 'end a', 'start a']);
  });

  it('twice at once, then back to what it was: a removed service that has not been stopped yet just stays', () => {
    const tree = root(['a', 'b', 'c']);
    const world = booted(tree)
      .let('puppet', 'c')
      .apply(root(['b']))
      .apply(tree)
      .let('obeys', 'c')
      .die('c');
    expect(world.runs()).toEqual(['a#1', 'b#1', 'c#2']);
  });

  it('twice at once, for other names: both are served', () => {
    const next = root([changed('a'), changed('b'), 'c']);
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a', 'b')
      .apply(next)
      .apply(next, { names: ['c'] });
    world.let('obeys', 'a', 'b').die('b');
    expect(world.runs()).toEqual(['a#2', 'b#2', 'c#1']);
    expect(world.runAt('b').command).toEqual(['/bin/b', '--new']);
  });

  it('failure of a changed service leaves the rest; it is failed and not retried', () => {
    const world = booted(root(['a', 'b', 'c']))
      .let('fails', 'b')
      .apply(root(['a', changed('b'), 'c', 'd']));
    expect(world.take()).toEqual(['stop b', 'end b', 'fail b', 'start d']);
    expect(world.service('b').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.root).toMatchObject({ history: [], state: { phase: 'running' } });
  });

  it('a failure of an added sub-supervisor leaves the rest, too', () => {
    const world = booted(root(['a']))
      .let('fails', 'in/y')
      .apply(root(['a', supervisor('in', ['x', 'y']), 'c']));
    expect(world.running()).toEqual(['a', 'c']);
    expect(world.node('in').state).toMatchObject({ phase: 'ended', how: 'failed' });
  });

  it('says of what is removed that it was, of what is replaced that it is', () => {
    const world = booted(root(['a', 'b', 'c', supervisor('in', ['x'])])).apply(root([changed('a'), 'c']));
    const ends = world.reports
      .filter(({ event }) => event === 'stopped')
      .map(({ path, cause }) => `${path}: ${cause && describeCause(cause)}`);
    expect(ends).toEqual([
      'in/x: in stopped: removed from the configuration',
      'in: removed from the configuration',
      'b: removed from the configuration',
      'a: replaced by hand',
    ]);
  });

  it('a service that crashes while it waits to be replaced is not restarted as it was, and costs nothing', () => {
    const world = booted(root(['a', 'b'], { intensity: 0 }))
      .let('puppet', 'b')
      .apply(root([changed('a'), changed('b')]));
    world.die('a').let('obeys', 'b').die('b');
    expect(world.take()).toEqual(['stop b', 'end a', 'end b', 'start a', 'start b']);
    expect(world.runAt('a').command).toEqual(['/bin/a', '--new']);
  });

  it('a supervisor that gives up while it waits to be replaced does not try again as it was', () => {
    const world = booted(root([supervisor('in', ['x'], { intensity: 0, resetAfterMs: 300 }), 'b']))
      .let('puppet', 'b')
      .apply(root([service('in')]));
    world.die('in/x').pass(300).die('b');
    expect(world.take()).toEqual(['stop b', 'end in/x', 'end b', 'forget in', 'forget b', 'start in']);
  });

  it('a stop by hand wins over the start that a replacement was to end with', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .apply(root(['a', changed('b')]))
      .stop('b')
      .die('b');
    expect(world.running()).toEqual(['a']);
    expect(world.service('b')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
  });

  it('start and restart by hand of what waits to be replaced do not bring back the old program', () => {
    for (const verb of ['start', 'restart'] as const) {
      const world = booted(root(['a', 'b']))
        .let('puppet', 'b')
        .apply(root([changed('a'), changed('b')]));
      world[verb]('a')[verb]('b').let('obeys', 'b').die('b');
      expect(world.runAt('a').command).toEqual(['/bin/a', '--new']);
      expect(world.runAt('b').command).toEqual(['/bin/b', '--new']);
      expect(world.root.applying).toBeNull();
    }
  });

  it('stop by hand of what waits to be removed does not keep it', () => {
    const world = booted(root(['a', 'b', 'c']))
      .let('puppet', 'c')
      .apply(root(['a']))
      .stop('b')
      .die('c');
    expect(world.take()).toEqual(['stop c', 'stop b', 'end b', 'end c', 'forget b', 'forget c']);
  });

  it('while a sub-supervisor rests after giving up: it starts now', () => {
    const tree = root([supervisor('in', ['x'], { intensity: 0, resetAfterMs: 60_000 })]);
    expect(booted(tree).die('in/x').apply(tree).runs()).toEqual(['in/x#2']);
  });

  it('a pool that is none any more ends its instances', () => {
    const world = booted(root([pool('w')]))
      .instance('w')
      .apply(root([supervisor('w', ['x'])]));
    expect(world.take()).toEqual(['start w/1', 'stop w/1', 'end w/1', 'forget w/1', 'start w/x']);
  });
});

describe('what the strategy makes of a replaced child', () => {
  const three = ['a', 'b', 'c'];

  it('one_for_all: all its siblings are started anew, too, and say why', () => {
    const world = booted(root(three, { strategy: 'one_for_all' })).apply(root(['a', changed('b'), 'c'], { strategy: 'one_for_all' }));
    expect(world.take()).toEqual(['stop c', 'end c', 'stop b', 'end b', 'stop a', 'end a', 'start a', 'start b', 'start c']);
    const causes = world.reports
      .filter(({ event }) => event === 'stopping')
      .map(({ path, cause }) => `${path}: ${cause && describeCause(cause)}`);
    expect(causes).toEqual([
      'c: because b ended: replaced by hand; one_for_all',
      'b: replaced by hand',
      'a: because b ended: replaced by hand; one_for_all',
    ]);
  });

  it('rest_for_one: those after it, supervisors as a whole, in the order of the new specification', () => {
    const world = booted(root(['c', 'a', 'b', supervisor('in', ['x', 'y'])], { strategy: 'rest_for_one' }));
    world.apply(root(['a', changed('b'), 'c', supervisor('in', ['x', 'z'])], { strategy: 'rest_for_one' }));
    expect(world.take()).toEqual([
      'stop in/y',
      'end in/y',
      'stop in/x',
      'end in/x',
      'stop b',
      'end b',
      'stop c',
      'end c',
      'start b',
      'start c',
      'forget in/y',
      'start in/x',
      'start in/z',
    ]);
    expect(world.runs()).toContain('a#1');
  });

  it('one_for_one, what is only added or removed, and a mere policy: nobody else', () => {
    expect(
      booted(root(three))
        .apply(root(['a', changed('b'), 'c']))
        .runs(),
    ).toEqual(['a#1', 'b#2', 'c#1']);
    const all = { strategy: 'one_for_all' } as const;
    expect(
      booted(root(three, all))
        .apply(root(['new', 'a', service('b', { shutdown: 1 })], all))
        .runs(),
    ).toEqual(['new#1', 'a#1', 'b#1']);
  });

  it('starts again what has completed, and leaves alone what is stopped for good, and what is not named', () => {
    const children = ['a', service('done', { restart: 'transient' }), service('off', { autostart: false }), 'z'];
    const world = booted(root(children, { strategy: 'one_for_all' })).exit('done', 0);
    world.apply(root([changed('a'), ...children.slice(1)], { strategy: 'one_for_all' }));
    expect(world.runs()).toEqual(['a#2', 'done#2', 'z#2']);
    world.apply(root(['a', ...children.slice(1)], { strategy: 'one_for_all' }), { names: ['a', 'done'] });
    expect(world.runs()).toEqual(['a#3', 'done#3', 'z#2']);
  });

  it('one whose replaced sibling is gone by then, when another specification comes, still follows it', () => {
    const all = { strategy: 'one_for_all' } as const;
    const world = booted(root(three, all))
      .let('puppet', 'a')
      .apply(root(['a', changed('b'), 'c'], all));
    world.take();
    world.apply(root(['a', changed('b'), 'c'], { ...all, intensity: 9 })).die('a');
    expect(world.take()).toEqual(['end a', 'spawn a']);
    expect(world.answer('a').runs()).toEqual(['a#2', 'b#2', 'c#2']);
  });
});
