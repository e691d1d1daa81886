import { describe, expect, it } from 'vitest';
import { pool, root, service, supervisor } from '../helpers/specs.js';
import { booted } from '../helpers/world.js';

describe('one_for_one', () => {
  it('restarts that child only, at once', () => {
    const world = booted(root(['a', 'b', 'c'])).die('b');
    expect(world.take()).toEqual(['end b', 'start b']);
    expect(world.runs()).toEqual(['a#1', 'b#2', 'c#1']);
  });

  it('two simultaneous deaths cost two units', () => {
    const world = booted(root(['a', 'b', 'c'])).together('a', 'c');
    expect(world.runs()).toEqual(['a#2', 'b#1', 'c#2']);
    expect(world.root.history).toHaveLength(2);
  });

  it('a failed restart is charged and tried again at once until the budget is gone', () => {
    const world = booted(root(['a', 'b'], { intensity: 2 }))
      .let('fails', 'b')
      .die('b');
    expect(world.take()).toEqual(['end b', 'fail b', 'fail b', 'stop a', 'end a']);
    expect(world.root.state).toMatchObject({ phase: 'ended', how: 'failed' });
  });

  it('other requests are served between the attempts, and a stop wins over the pending retry', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .die('b');
    world.stop('b');
    expect(world.kill('a').runs()).toEqual(['a#2']);
    world.answer('b', 'no such file');
    expect(world.node('b')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
    expect(world.live.has('b')).toBe(false);
  });

  it('a restart that works in the end is over', () => {
    const world = booted(root(['a']))
      .let('puppet', 'a')
      .die('a')
      .answer('a', 'busy')
      .answer('a');
    expect(world.runs()).toEqual(['a#3']);
    expect(world.root.history).toHaveLength(2);
    expect(world.service('a').restarts).toBe(2);
  });
});

describe('one_for_all', () => {
  const tree = root(['a', 'b', 'c'], { strategy: 'one_for_all' });

  it('stops all other running children in reverse order, each awaited, then starts all in order', () => {
    const world = booted(tree).let('puppet', 'a', 'c').die('b');
    expect(world.take()).toEqual(['end b', 'stop c']);
    expect(world.die('c').take()).toEqual(['end c', 'stop a']);
    expect(world.die('a').take()).toEqual(['end a', 'spawn a']);
    world.answer('a').answer('c');
    expect(world.runs()).toEqual(['a#2', 'b#2', 'c#2']);
  });

  it('one group restart is one unit however many children it touches', () => {
    expect(booted(tree).die('b').root.history).toHaveLength(1);
  });

  it('a death among the children that the group restart stops anyway costs nothing more', () => {
    const world = booted(tree).together('b', 'a', 'c');
    expect(world.runs()).toEqual(['a#2', 'b#2', 'c#2']);
    expect(world.root.history).toHaveLength(1);
  });

  it('the retry after a failed start stops again what had been started and starts all', () => {
    const world = booted(tree).let('puppet', 'b').die('a');
    world.die('b').take();
    world.answer('b', 'busy');
    expect(world.take()).toEqual(['fail b', 'stop a', 'end a', 'start a', 'spawn b']);
    expect(world.answer('b').runs()).toEqual(['a#3', 'b#3', 'c#2']);
    expect(world.root.history).toHaveLength(2);
  });

  it('intensity I allows I failing attempts, then it gives up', () => {
    const world = booted(root(['a', 'b'], { strategy: 'one_for_all', intensity: 2 }))
      .let('fails', 'b')
      .die('a');
    expect(world.lines.filter((line) => line === 'fail b')).toHaveLength(2);
    expect(world.root.state).toMatchObject({ phase: 'ended', how: 'failed' });
    expect(world.live.size).toBe(0);
  });

  it('a child that dies while the group starts is reacted to afterwards', () => {
    const world = booted(tree).let('puppet', 'b').die('c');
    world.die('b').die('a').take();
    world.let('obeys', 'b').answer('b');
    expect(world.runs()).toEqual(['a#3', 'b#3', 'c#3']);
    expect(world.root.history).toHaveLength(2);
  });

  it('a child that was being restarted by hand starts with the group, not before it', () => {
    const world = booted(tree).let('puppet', 'a', 'c').restart('a').die('b').die('a');
    expect(world.take()).toEqual(['stop a', 'end b', 'stop c', 'end a']);
    expect(world.die('c').take()).toEqual(['end c', 'spawn a']);
  });

  it('a restart asked for by hand just before the group restart does not start the child twice', () => {
    const world = booted(tree).let('puppet', 'a').restart('a').die('b').die('a');
    expect(world.take()).toEqual(['stop a', 'end b', 'stop c', 'end c', 'end a', 'spawn a']);
    world.answer('a');
    expect(world.runs()).toEqual(['a#2', 'b#2', 'c#2']);
  });
});

describe('rest_for_one', () => {
  const tree = root(['a', 'b', 'c', 'd'], { strategy: 'rest_for_one' });

  it('restarts the failed child and those after it; earlier ones keep their processes', () => {
    const world = booted(tree).die('b');
    expect(world.take()).toEqual(['end b', 'stop d', 'end d', 'stop c', 'end c', 'start b', 'start c', 'start d']);
    expect(world.runs()).toEqual(['a#1', 'b#2', 'c#2', 'd#2']);
  });

  it('only the failed one and later ones are retried', () => {
    const world = booted(tree).let('puppet', 'c').die('b');
    world.die('c').take();
    expect(world.answer('c', 'busy').take()).toEqual(['fail c', 'spawn c']);
    world.answer('c');
    expect(world.runs()).toEqual(['a#1', 'b#2', 'c#3', 'd#2']);
    expect(world.root.history).toHaveLength(2);
  });

  it('the death of an earlier child during the group restart is reacted to afterwards', () => {
    const world = booted(tree).let('puppet', 'd').die('c').die('a');
    expect(world.take()).toEqual(['end c', 'stop d', 'end a']);
    world.die('d').let('obeys', 'd').answer('d');
    expect(world.runs()).toEqual(['a#2', 'b#2', 'c#3', 'd#3']);
    expect(world.root.history).toHaveLength(2);
  });

  it('simultaneous deaths of a later child in the range cost one unit', () => {
    const world = booted(tree).together('b', 'd');
    expect(world.runs()).toEqual(['a#1', 'b#2', 'c#2', 'd#2']);
    expect(world.root.history).toHaveLength(1);
  });
});

describe('a group restart', () => {
  const children = [
    'a',
    'stopped',
    service('done', { restart: 'transient' }),
    service('job', { restart: 'temporary' }),
    service('waiting', { autostart: false }),
  ];

  it.each(['one_for_all', 'rest_for_one'] as const)(
    'starts every entry, also a hand-stopped and a completed one; temporary ones it does not (%s)',
    (strategy) => {
      const world = booted(root(children, { strategy })).stop('stopped').exit('done', 0).die('a');
      expect(world.running()).toEqual(['a', 'stopped', 'done', 'waiting']);
      expect(world.service('job').state).toMatchObject({ phase: 'ended' });
      expect(world.live.has('job')).toBe(false);
    },
  );

  it('of a sub-supervisor restarts what is below it', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])], { strategy: 'one_for_all' })).die('a');
    expect(world.take()).toEqual(['end a', 'stop in/y', 'end in/y', 'stop in/x', 'end in/x', 'start a', 'start in/x', 'start in/y']);
  });

  it('a stop by hand during it wins for that child', () => {
    const world = booted(root(['a', 'b'], { strategy: 'one_for_all' }))
      .let('puppet', 'a')
      .die('b')
      .stop('b')
      .die('a')
      .answer('a');
    expect(world.running()).toEqual(['a']);
    expect(world.service('b').desired).toBe('stopped');
  });

  it('a stop of the whole application during it stops everything', () => {
    const world = booted(root(['a', 'b', 'c'], { strategy: 'one_for_all' }))
      .let('puppet', 'b')
      .die('c');
    world.stop('').take();
    expect(world.die('b').take()).toEqual(['end b', 'stop a', 'end a']);
    expect(world.phase('')).toBe('stopped');
  });
});

describe('simple_one_for_one', () => {
  it('restarts the instance that ended', () => {
    const world = booted(root([pool('w')]))
      .instance('w', '1st')
      .instance('w')
      .die('w/1');
    expect(world.runs()).toEqual(['w/1#2', 'w/2#1']);
    expect(world.runAt('w/1').command).toEqual(['/bin/template', '1st']);
  });

  it('an instance that ended for good is forgotten', () => {
    const world = booted(root([pool('w', { restart: 'transient' })]))
      .instance('w')
      .exit('w/1', 0);
    expect(world.take()).toEqual(['start w/1', 'end w/1', 'forget w/1']);
    expect(world.supervisor('w').children).toEqual([]);
  });

  it('an instance that cannot be started is forgotten, and its number is not used again', () => {
    const world = booted(root([pool('w')]))
      .let('fails', 'w/1')
      .instance('w')
      .instance('w');
    expect(world.take()).toEqual(['fail w/1', 'forget w/1', 'start w/2']);
  });

  it('has no instances again after the supervisor was restarted', () => {
    const world = booted(root([pool('w', {}, { intensity: 0 })]))
      .instance('w')
      .instance('w')
      .die('w/1');
    expect(world.take()).toEqual(['start w/1', 'start w/2', 'end w/1', 'stop w/2', 'end w/2', 'forget w/1', 'forget w/2']);
    expect(world.phase('w')).toBe('running');
    expect(world.instance('w').runs()).toEqual(['w/3#1']);
  });
});
