import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

const why = (world: World, path: string): string => {
  const { cause } = world.node(path);
  return cause ? describeCause(cause) : '';
};

describe('what is an exit', () => {
  it.each([
    ['permanent', 0, 'running'],
    ['permanent', 7, 'running'],
    ['transient', 0, 'ended'],
    ['transient', 3, 'ended'],
    ['transient', 7, 'running'],
    ['temporary', 0, 'ended'],
    ['temporary', 7, 'ended'],
  ] as const)('%s, exit code %d (3 is listed in success_exit_codes): %s', (restart, code, phase) => {
    const world = booted(root([service('a', { restart, successExitCodes: [3] })])).exit('a', code);
    expect(world.phase('a')).toBe(phase);
  });

  it('a signal is abnormal, and its cause is the signal, never 128+n', () => {
    const world = booted(root([service('a', { restart: 'transient' })])).die('a', 'SIGTERM');
    expect(world.runs()).toEqual(['a#2']);
    expect(world.service('a').lastExit).toEqual({ code: null, signal: 'SIGTERM', at: 1_000 });
    expect(why(world, 'a')).toBe('signal SIGTERM');
  });

  /** Its run ends, and nobody knows how. */
  const lost = (world: World, path: string, isMissed = false): World => {
    const { run } = world.runAt(path);
    world.live.delete(path);
    return world.send({ type: 'exited', at: 1_000, app: world.app, path, run, code: null, signal: null, isMissed });
  };

  it('an unknown exit status is abnormal', () => {
    const world = lost(booted(root(['a'])), 'a');
    expect(world.runs()).toEqual(['a#2']);
    expect(why(world, 'a')).toBe('exit status unknown');
    expect(world.supervisor('').history).toEqual([1_000]);
  });

  it('but a transient child, which may have done its work, is not started again for it, and can be by hand', () => {
    const world = lost(booted(root([service('a', { restart: 'transient' }), 'b'])), 'a');
    expect(world.runs()).toEqual(['b#1']);
    expect(world.service('a').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(why(world, 'a')).toBe('exit status unknown, so a transient service is not started again');
    expect(world.start('a').runs()).toEqual(['a#2', 'b#1']);
  });

  it('ends at a time that nobody knows cost no budget: four at once are all started again with intensity 1', () => {
    const names = ['a', 'b', 'c', 'd'];
    const world = booted(root(names, { intensity: 1 }));
    for (const name of names) lost(world, name, true);
    expect(world.runs()).toEqual(names.map((name) => `${name}#2`));
    expect(world.supervisor('').history).toEqual([]);
    expect(world.die('a').die('a').supervisor('').state.phase).toBe('ended');
  });

  it('a transient child that ended cleanly stays listed as completed and can be started by hand', () => {
    const world = booted(root([service('a', { restart: 'transient' })])).exit('a', 0);
    expect(world.service('a').state).toEqual({ phase: 'ended', how: 'completed' });
    expect(world.start('a').runs()).toEqual(['a#2']);
  });

  it('a temporary child stays listed as ended until the next apply', () => {
    const spec = root(['a', service('job', { restart: 'temporary' })]);
    const world = booted(spec).exit('job', 1);
    expect(world.service('job').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.apply(spec).runs()).toEqual(['a#1', 'job#2']);
  });

  it('news of a run that is over, or of nobody, changes nothing', () => {
    const world = booted(root(['a'])).die('a');
    const before = world.forest;
    world.send({ type: 'exited', at: 1_000, app: world.app, path: 'a', run: 1, code: 1, signal: null });
    world.send({ type: 'exited', at: 1_000, app: world.app, path: 'nobody', run: 1, code: 1, signal: null });
    world.send({ type: 'exited', at: 1_000, app: 'no-app', path: 'a', run: 2, code: 1, signal: null });
    expect(world.forest).toBe(before);
  });
});

describe('start', () => {
  it('starts children in order, the next one when the previous one has started', () => {
    const world = new World().let('puppet', 'a', 'b', 'c').apply(root(['a', 'b', 'c']));
    expect(world.take()).toEqual(['spawn a']);
    expect(world.answer('a').take()).toEqual(['start a', 'spawn b']);
    expect(world.answer('b').answer('c').take()).toEqual(['start b', 'spawn c', 'start c']);
    expect(world.phase('')).toBe('running');
  });

  it('a nested supervisor has started when its children have', () => {
    const world = new World().let('puppet', 'in/b').apply(root(['a', supervisor('in', ['b']), 'c']));
    expect(world.take()).toEqual(['start a', 'spawn in/b']);
    expect(world.answer('in/b').take()).toEqual(['start in/b', 'start c']);
  });

  it('a service without autostart is passed over', () => {
    const world = booted(root(['a', service('b', { autostart: false }), 'c']));
    expect(world.running()).toEqual(['a', 'c']);
    expect(world.service('b').desired).toBe('stopped');
  });

  it('boot failure: no retry, what was started is stopped in reverse order, and the cause names the child', () => {
    const world = new World().let('fails', 'db').apply(root(['a', 'b', 'db', 'c']));
    expect(world.take()).toEqual(['start a', 'start b', 'fail db', 'stop b', 'end b', 'stop a', 'end a']);
    expect(world.root.state).toEqual({ phase: 'ended', how: 'failed', retryAt: null });
    expect(why(world, '')).toBe('failed_to_start_child db: /bin/db: no such file');
    expect(world.service('db').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.phase('c')).toBe('stopped');
    expect(world.live.size).toBe(0);
  });

  it('boot failure of a nested tree fails the whole tree, with the chain of causes', () => {
    const world = new World().let('fails', 'in/db').apply(root(['a', supervisor('in', ['x', 'db']), 'c']));
    expect(world.take()).toEqual(['start a', 'start in/x', 'fail in/db', 'stop in/x', 'end in/x', 'stop a', 'end a']);
    expect(why(world, '')).toBe('failed_to_start_child in: failed_to_start_child in/db: /bin/db: no such file');
  });

  it('a child that crashes while later ones boot is restarted under one_for_one', () => {
    const world = new World()
      .let('puppet', 'b')
      .apply(root(['a', 'b', 'c']))
      .die('a');
    expect(world.runs()).toEqual(['a#2']);
    expect(world.answer('b').runs()).toEqual(['a#2', 'b#1', 'c#1']);
  });

  it.each(['one_for_all', 'rest_for_one'] as const)(
    'a crash while later ones boot is reacted to once the boot is done (%s)',
    (strategy) => {
      const world = new World()
        .let('puppet', 'b')
        .apply(root(['a', 'b', 'c'], { strategy }))
        .die('a');
      expect(world.running()).toEqual([]);
      world.let('obeys', 'b').answer('b');
      expect(world.runs()).toEqual(['a#2', 'b#2', 'c#2']);
    },
  );

  it('an application without children runs', () => {
    expect(booted(root([])).phase('')).toBe('running');
  });

  it('several applications do not see each other', () => {
    const world = booted(root(['a']));
    world.send({ type: 'down-asked', at: world.now, app: 'other', graceMs: null });
    expect(Object.keys(world.forest.apps)).toEqual(['shop']);
    expect(world.runs()).toEqual(['a#1']);
  });
});
