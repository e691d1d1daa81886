import { describe, expect, it } from 'vitest';
import { describeCause } from '../../src/supervision/cause.js';
import { pool, root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

/** What a run of `a` with this shutdown rule is told when it is stopped, as "signal" or "close-stdin". */
function toldTo(world: World): readonly string[] {
  return world.commands.flatMap((command) => {
    if (command.do === 'signal') return [command.signal];
    return command.do === 'close-stdin' ? ['close-stdin'] : [];
  });
}

const lone = (fields: Parameters<typeof service>[1]): World => booted(root([service('a', fields)])).let('ignores', 'a');

describe('stop', () => {
  it('is in reverse order, one at a time, each awaited', () => {
    const world = booted(root(['a', 'b', 'c']))
      .let('puppet', 'a', 'b', 'c')
      .stop('');
    expect(world.take()).toEqual(['stop c']);
    expect(world.die('c').take()).toEqual(['end c', 'stop b']);
    expect(world.die('b').take()).toEqual(['end b', 'stop a']);
    world.die('a');
    expect(world.root).toMatchObject({ desired: 'stopped', state: { phase: 'stopped' } });
  });

  it('of a tree goes through nested supervisors in reverse order', () => {
    const world = booted(root(['a', supervisor('in', ['x', 'y']), 'c'])).down();
    expect(world.take()).toEqual(['stop c', 'end c', 'stop in/y', 'end in/y', 'stop in/x', 'end in/x', 'stop a', 'end a', 'forget *']);
    expect(world.forest.apps).toEqual({});
  });

  it('5s: the stop signal and end of stdin, then SIGKILL when time is up, and wait', () => {
    const world = lone({ shutdown: 5_000, stopSignal: 'SIGINT' }).stop('a');
    expect(toldTo(world)).toEqual(['SIGINT', 'close-stdin']);
    expect(toldTo(world.pass(4_999))).toHaveLength(2);
    world.let('puppet', 'a').pass(1);
    expect(toldTo(world)).toEqual(['SIGINT', 'close-stdin', 'SIGKILL']);
    expect(world.phase('a')).toBe('stopping');
    expect(world.die('a', 'SIGKILL').phase('a')).toBe('stopped');
  });

  it('a service whose stdin is null has none to end', () => {
    expect(toldTo(lone({ stdin: 'null' }).stop('a'))).toEqual(['SIGTERM']);
  });

  it('brutal_kill: SIGKILL at once', () => {
    const world = lone({ shutdown: 'brutal_kill', stdin: 'null' }).stop('a');
    expect(toldTo(world)).toEqual(['SIGKILL']);
    expect(world.reports.map(({ type }) => type)).not.toContain('shutdown_error');
  });

  it('0: signal and SIGKILL at once', () => {
    expect(toldTo(lone({ shutdown: 0, stdin: 'null' }).stop('a'))).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it('infinity: waits', () => {
    const world = lone({ shutdown: 'infinity', stdin: 'null' }).stop('a').pass(1e9);
    expect(toldTo(world)).toEqual(['SIGTERM']);
    expect(world.wakes).toEqual([]);
    expect(world.phase('a')).toBe('stopping');
  });

  it('having needed SIGKILL is reported, the stop still succeeds', () => {
    const world = lone({}).stop('a').pass(5_000);
    const report = world.reports.find(({ type }) => type === 'shutdown_error');
    expect(report).toMatchObject({ path: 'a', run: 1, event: 'killed' });
    expect(report?.cause && describeCause(report.cause)).toBe('it had not ended 5s after its stop signal');
    expect(world.phase('a')).toBe('stopped');
  });

  it('another grace overrides the shutdown rule', () => {
    expect(toldTo(lone({ stdin: 'null' }).stop('a', 100).pass(100))).toEqual(['SIGTERM', 'SIGKILL']);
    expect(toldTo(lone({ stdin: 'null', shutdown: 'infinity' }).down(0))).toEqual(['SIGTERM', 'SIGKILL']);
    expect(toldTo(lone({ stdin: 'null', shutdown: 0 }).stop('a', 1_000))).toEqual(['SIGTERM']);
    expect(toldTo(lone({ stdin: 'null', shutdown: 'brutal_kill' }).stop('a', 1_000).pass(1_000))).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it('a second, shorter stop overtakes the first; a longer one does not', () => {
    const world = lone({ stdin: 'null', shutdown: 'infinity' }).stop('a').stop('a', 5_000).stop('a', 60_000);
    expect(toldTo(world.pass(4_999))).toEqual(['SIGTERM']);
    expect(toldTo(world.pass(1))).toEqual(['SIGTERM', 'SIGKILL']);
    expect(toldTo(lone({ stdin: 'null' }).stop('a').stop('a', 0))).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it('a second, shorter stop of the application overtakes for what is stopping and what comes after it', () => {
    const slow = { shutdown: 'infinity', stdin: 'null' } as const;
    const world = booted(root([service('a', slow), supervisor('in', [service('x', slow)])]))
      .let('ignores', 'a', 'in/x')
      .down();
    expect(world.take()).toEqual(['stop in/x']);
    expect(world.down(50).pass(49).take()).toEqual([]);
    expect(world.pass(1).take()).toEqual(['kill in/x', 'end in/x', 'stop a']);
    expect(world.pass(50).take()).toEqual(['kill a', 'end a', 'forget *']);
  });

  it('a supervisor with a limit of its own kills what is left when it is over', () => {
    const slow = { shutdown: 'infinity', stdin: 'null' } as const;
    const inner = supervisor('in', [service('x', slow), service('y', slow)], { shutdown: 1_000 });
    const world = booted(root([inner]))
      .let('ignores', 'in/x', 'in/y')
      .stop('in')
      .pass(1_000);
    expect(world.take()).toEqual(['stop in/y', 'kill in/y', 'end in/y', 'stop in/x', 'kill in/x', 'end in/x']);
  });

  it('that limit counts also when it was stopping by itself before it was asked to', () => {
    const slow = { shutdown: 'infinity', stdin: 'null' } as const;
    const inner = supervisor('in', ['x', service('y', slow)], { shutdown: 1_000, intensity: 0 });
    const world = booted(root([inner]))
      .let('ignores', 'in/y')
      .die('in/x')
      .pass(10_000)
      .down();
    expect(world.take()).toEqual(['end in/x', 'stop in/y']);
    expect(world.pass(1_000).take()).toEqual(['kill in/y', 'end in/y', 'forget *']);
  });

  it('a supervisor with brutal_kill kills everything below at once', () => {
    const world = booted(root([supervisor('in', ['x', 'y'], { shutdown: 'brutal_kill' })]))
      .let('ignores', 'in/x', 'in/y')
      .stop('in');
    expect(world.take().filter((line) => line.startsWith('kill'))).toEqual(['kill in/y', 'kill in/x']);
    expect(world.phase('in')).toBe('stopped');
  });

  it('instances of simple_one_for_one stop in parallel with one shared limit', () => {
    const world = booted(root([pool('w', { stdin: 'null' })]))
      .let('ignores', 'w/1', 'w/2')
      .instance('w')
      .instance('w');
    world.take();
    expect(world.stop('w').take()).toEqual(['stop w/1', 'stop w/2']);
    expect(world.pass(4_999).take()).toEqual([]);
    expect(world.pass(1).take()).toEqual(['kill w/1', 'end w/1', 'kill w/2', 'end w/2', 'forget w/1', 'forget w/2']);
    expect(world.supervisor('w').children).toEqual([]);
  });

  it('children that die by themselves while their supervisor is stopping are not restarted', () => {
    const world = booted(root(['a', 'b']))
      .let('puppet', 'b')
      .stop('')
      .die('a');
    expect(world.die('b').live.size).toBe(0);
    expect(world.service('a').state).toEqual({ phase: 'stopped' });
    expect(world.root.history).toEqual([]);
  });

  it('a program whose spawn is not answered yet is stopped as soon as it is known', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a', 'b']))
      .down();
    expect(toldTo(world)).toEqual([]);
    // What may hang on its way is not waited for: nothing can be stopped without its PID.
    expect(world.commands).toContainEqual({ do: 'hurry', app: 'shop', path: 'a', run: 1 });
    world.let('obeys', 'a').answer('a');
    expect(world.take()).toEqual(['spawn a', 'start a', 'stop a', 'end a', 'forget *']);
  });

  it('a program that is known is not hurried', () => {
    const world = booted(root(['a'])).down();
    expect(world.commands.map((command) => command.do)).not.toContain('hurry');
  });

  it('a program whose spawn is answered after the grace is killed at once', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a']))
      .down()
      .pass(6_000)
      .answer('a');
    expect(toldTo(world)).toEqual(['SIGTERM', 'close-stdin', 'SIGKILL']);
    expect(world.die('a', 'SIGKILL').forest.apps).toEqual({});
  });

  it('a failed start while it is to be stopped is the end of it', () => {
    const world = new World()
      .let('puppet', 'a')
      .apply(root(['a', 'b']))
      .down()
      .answer('a', 'no such file');
    expect(world.forest.apps).toEqual({});
    expect(world.take()).toEqual(['spawn a', 'fail a', 'forget *']);
  });

  it('down of an application that has failed or stopped forgets it at once; a second down is nothing', () => {
    expect(
      booted(root(['a'], { intensity: 0 }))
        .die('a')
        .down().forest.apps,
    ).toEqual({});
    const world = booted(root(['a']))
      .stop('')
      .down();
    world.take();
    expect(world.down().take()).toEqual([]);
  });
});
