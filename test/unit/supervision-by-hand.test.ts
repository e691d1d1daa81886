import { describe, expect, it } from 'vitest';
import { pool, root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

describe('stop by hand', () => {
  it('goes by the shutdown rule; the entry stays, and its desired state becomes stopped', () => {
    const world = booted(root(['a', 'b'])).stop('a');
    expect(world.take()).toEqual(['stop a', 'end a']);
    expect(world.node('a')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' }, cause: { type: 'by_hand', verb: 'stopped' } });
    expect(world.pass(60_000).running()).toEqual(['b']);
  });

  it('is idempotent', () => {
    const world = booted(root(['a'])).stop('a');
    const before = world.forest;
    expect(world.stop('a').forest).toBe(before);
  });

  it('of a completed or failed entry makes it stopped', () => {
    expect(
      booted(root([service('a', { restart: 'temporary' })]))
        .exit('a', 1)
        .stop('a')
        .phase('a'),
    ).toBe('stopped');
  });

  it('of a sub-supervisor stops all below; it stays stopped', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])])).stop('in');
    expect(world.take()).toEqual(['stop in/y', 'end in/y', 'stop in/x', 'end in/x']);
    expect(world.die('a').running()).toEqual(['a']);
    expect(world.node('in')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
  });

  it('during the boot passes over the child', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a', 'b', 'c']))
      .stop('b')
      .answer('a');
    expect(world.running()).toEqual(['a', 'c']);
    expect(world.phase('')).toBe('running');
  });

  it('during the start of that very child lets the boot go on without it', () => {
    const world = new World()
      .let('puppet', 'b')
      .apply(root(['a', 'b', 'c']))
      .stop('b')
      .let('obeys', 'b')
      .answer('b');
    expect(world.running()).toEqual(['a', 'c']);
  });

  it('POOL/ID ends that instance and forgets it', () => {
    const world = booted(root([pool('w')]))
      .instance('w')
      .instance('w')
      .stop('w/1');
    expect(world.take()).toEqual(['start w/1', 'start w/2', 'stop w/1', 'end w/1', 'forget w/1']);
    expect(world.runs()).toEqual(['w/2#1']);
  });
});

describe('start by hand', () => {
  it('is success and nothing done when running', () => {
    const world = booted(root(['a', supervisor('in', ['x'])]))
      .start('a')
      .start('in')
      .start('in/x')
      .start('');
    expect(world.commands).toEqual([]);
  });

  it('starts a stopped child, whatever stands before it in the order', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a')
      .restart('a')
      .stop('b')
      .start('b');
    expect(world.runs()).toEqual(['b#2']);
  });

  it('of an unknown path does nothing, also where the application has failed', () => {
    const world = booted(root(['a'], { intensity: 0 })).die('a');
    const before = world.forest;
    expect(world.start('nobody').start('a/b').restart('nobody').stop('nobody').kill('nobody').instance('nobody').forest).toBe(before);
  });

  it('of what cannot start leaves it failed, without retry and without charge', () => {
    const world = booted(root(['a', 'b']))
      .stop('b')
      .let('fails', 'b')
      .start('b');
    expect(world.service('b').state).toEqual({ phase: 'ended', how: 'failed' });
    expect(world.service('b').cause).toEqual({ type: 'start_failed', message: '/bin/b: no such file' });
    expect(world.root).toMatchObject({ history: [], state: { phase: 'running' } });
    expect(world.take().filter((line) => line === 'fail b')).toHaveLength(1);
  });

  it('inside a failed application starts it', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])], { intensity: 0 }))
      .die('a')
      .start('in/x');
    expect(world.running()).toEqual(['a', 'in/x', 'in/y']);
  });

  it('inside a failed application starts also what only a person starts', () => {
    const inner = supervisor('in', [service('tool', { autostart: false }), service('other', { autostart: false })]);
    const world = booted(root(['a', inner], { intensity: 0 }))
      .die('a')
      .start('in/tool');
    expect(world.running()).toEqual(['a', 'in/tool']);
  });

  it('inside a stopped sub-supervisor starts that', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])]))
      .stop('in')
      .start('in/y');
    expect(world.runs()).toEqual(['a#1', 'in/x#2', 'in/y#2']);
  });

  it('of a sub-supervisor that cannot start leaves it failed, with its children stopped', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])]))
      .stop('in')
      .let('fails', 'in/y')
      .start('in');
    expect(world.node('in').state).toMatchObject({ phase: 'ended', how: 'failed' });
    expect(world.runs()).toEqual(['a#1']);
    expect(world.root.history).toEqual([]);
  });

  it('overtakes a stop: what is stopping starts again as soon as it has stopped', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a')
      .stop('a')
      .start('a')
      .die('a');
    expect(world.take()).toEqual(['stop a', 'end a', 'spawn a']);
    expect(world.node('a')).toMatchObject({ desired: 'up' });
  });

  it('overtakes the stop of the whole application', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .down()
      .start('')
      .die('b');
    world.answer('b');
    expect(world.runs()).toEqual(['a#2', 'b#2']);
    expect(world.root).toMatchObject({ desired: 'up', leaving: 'no' });
  });

  it('during a group restart waits for its turn', () => {
    const world = booted(root(['a', 'b', 'c'], { strategy: 'one_for_all' }))
      .let('puppet', 'c')
      .die('a')
      .stop('b')
      .start('b');
    expect(world.take()).toEqual(['end a', 'stop c', 'stop b', 'end b']);
    expect(world.die('c').answer('c').running()).toEqual(['a', 'b', 'c']);
  });
});

describe('restart by hand', () => {
  it('is stop, then start; the restart counter begins anew', () => {
    const world = booted(root(['a', 'b'])).die('a');
    world.take();
    expect(world.restart('a').take()).toEqual(['stop a', 'end a', 'start a']);
    expect(world.service('a')).toMatchObject({ run: 3, restarts: 0, cause: null });
  });

  it('when it cannot start the entry stays stopped with the cause; no automatic retry', () => {
    const world = booted(root(['a']))
      .let('fails', 'a')
      .restart('a')
      .pass(60_000);
    expect(world.take()).toEqual(['stop a', 'end a', 'fail a']);
    expect(world.service('a')).toMatchObject({ state: { phase: 'ended', how: 'failed' }, cause: { type: 'start_failed' } });
    expect(world.phase('')).toBe('running');
  });

  it('of what is not running starts it', () => {
    expect(
      booted(root(['a']))
        .stop('a')
        .restart('a')
        .runs(),
    ).toEqual(['a#2']);
    expect(
      booted(root(['a', 'b'], { intensity: 0 }))
        .die('a')
        .restart('b')
        .running(),
    ).toEqual(['a', 'b']);
  });

  it('of a sub-supervisor and of the application restarts all of it', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y'])])).restart('in');
    expect(world.take()).toEqual(['stop in/y', 'end in/y', 'stop in/x', 'end in/x', 'start in/x', 'start in/y']);
    expect(world.restart('').runs()).toEqual(['a#2', 'in/x#3', 'in/y#3']);
  });

  it('is overtaken by a stop, and the reverse', () => {
    const overtaken = booted(root(['a']))
      .let('puppet', 'a')
      .restart('a')
      .stop('a')
      .die('a');
    expect(overtaken.take()).toEqual(['stop a', 'end a']);
    expect(overtaken.node('a')).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
    const again = booted(root(['a']))
      .let('puppet', 'a')
      .stop('a')
      .restart('a')
      .die('a');
    expect(again.take()).toEqual(['stop a', 'end a', 'spawn a']);
  });

  it('is called off when its supervisor stops before it', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'a', 'b')
      .restart('a')
      .stop('')
      .die('a')
      .die('b');
    expect(world.take()).toEqual(['stop a', 'stop b', 'end a', 'end b']);
    expect(world.phase('')).toBe('stopped');
  });

  it('of a child while its supervisor is stopping starts the supervisor again', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .stop('')
      .restart('a')
      .die('b');
    expect(world.answer('b').runs()).toEqual(['a#2', 'b#2']);
  });

  it('with another grace kills when that is over', () => {
    const world = booted(root([service('a', { stdin: 'null' })]))
      .let('ignores', 'a')
      .restart('a', 100)
      .pass(100);
    expect(world.take()).toEqual(['stop a', 'kill a', 'end a', 'start a']);
  });

  it('asked for while the spawn is not answered lets it come up, stops it, and starts it', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a']))
      .restart('a');
    world.let('obeys', 'a').answer('a');
    expect(world.take()).toEqual(['spawn a', 'start a', 'stop a', 'end a', 'start a']);
    expect(world.phase('')).toBe('running');
  });
});

describe('kill by hand', () => {
  it('is a crash: supervision reacts, the budget is charged, desired stays up', () => {
    const world = booted(root(['a', 'b'])).kill('a');
    expect(world.runs()).toEqual(['a#2', 'b#1']);
    expect(world.root.history).toHaveLength(1);
    expect(world.service('a')).toMatchObject({ desired: 'up', restarts: 1 });
    expect(world.reports.find(({ event }) => event === 'exited')).toMatchObject({
      by: 'user',
      cause: { type: 'signal', signal: 'SIGKILL' },
    });
  });

  it("with a signal that does not end the run changes nothing, and a later crash is not the person's", () => {
    const world = booted(root(['a']))
      .let('ignores', 'a')
      .kill('a', 'SIGHUP');
    expect(world.take()).toEqual(['stop a']);
    world.die('a', 'SIGSEGV');
    expect(world.reports.find(({ event }) => event === 'exited')).toMatchObject({ by: 'supervisor' });
  });

  it("is told from any other signal, which is not reported as a kill; its end by that is the person's all the same", () => {
    const world = booted(root([supervisor('in', ['x'])])).signalTo('in', 'SIGTERM');
    expect(world.reports.map(({ event, path, by }) => [event, path, by])).toEqual([
      ['signalled', 'in/x', 'user'],
      ['exited', 'in/x', 'user'],
      ['restarted', 'in/x', 'supervisor'],
    ]);
  });

  it('of a supervisor crashes every service below it', () => {
    expect(
      booted(root(['a', supervisor('in', ['x', 'y'])]))
        .kill('in')
        .runs(),
    ).toEqual(['a#1', 'in/x#2', 'in/y#2']);
  });

  it('of what is not running does nothing', () => {
    const world = booted(root(['a']))
      .stop('a')
      .kill('a');
    expect(world.take()).toEqual(['stop a', 'end a']);
  });

  it('ends a run that does not want to stop', () => {
    const world = booted(root([service('a', { shutdown: 'infinity' })]))
      .let('ignores', 'a')
      .stop('a')
      .kill('a');
    expect(world.phase('a')).toBe('stopped');
  });
});

describe('one more instance', () => {
  it('runs the template with the arguments appended, numbered from 1', () => {
    const world = booted(root([pool('w', { command: ['/bin/w', '-v'] })]))
      .instance('w', 'x', 'y z')
      .instance('w');
    expect(world.runAt('w/1').command).toEqual(['/bin/w', '-v', 'x', 'y z']);
    expect(world.runs()).toEqual(['w/1#1', 'w/2#1']);
  });

  it('is nothing for any other node, and for a pool that is not at work', () => {
    const world = booted(root(['a', pool('w')])).stop('w');
    const before = world.forest;
    expect(world.instance('a').instance('').instance('w').forest).toBe(before);
  });
});

describe('remove by hand', () => {
  it('takes what is not live away at once, and stops what is first; nobody else is touched', () => {
    const world = booted(root(['a', 'b', 'c'])).stop('a');
    world.take();
    expect(world.remove('a').take()).toEqual(['forget a']);
    expect(world.remove('b').take()).toEqual(['stop b', 'end b', 'forget b']);
    expect(world.runs()).toEqual(['c#1']);
  });

  it('several at once go one after the other, and a specification that waits loses them, too', () => {
    const world = booted(root(['a', 'b', 'c'])).let('puppet', 'c');
    world
      .remove('c')
      .remove('b')
      .apply(root(['a', 'b', 'd']), { names: ['d'] })
      .remove('b');
    expect(world.die('c').runs()).toEqual(['a#1', 'd#1']);
    expect(world.root.children.map(({ name }) => name)).toEqual(['a', 'd']);
  });

  it('of what is stopped or has given up starts nothing, and keeps why', () => {
    const world = booted(root(['a', 'b'], { intensity: 0 })).die('a');
    const { cause } = world.root;
    expect(world.remove('a').root).toMatchObject({ state: { phase: 'ended' }, cause, children: [{ name: 'b', desired: 'up' }] });
    expect(world.running()).toEqual([]);
  });

  it('during a stop of all of it lets the stop have its way', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .down();
    world.remove('b').die('b');
    expect(world.forest.apps).toEqual({});
  });
});
