import { describe, expect, it } from 'vitest';
import { type Cause, describeCause } from '../../src/supervision/cause.js';
import { root, service, supervisor } from '../helpers/specs.js';
import { booted, World } from '../helpers/world.js';

/** "type event path#run by: cause" of each report since the last call. */
const told = (world: World): readonly string[] =>
  world.reports.splice(0).map(({ type, event, path, run, by, cause }) => {
    const why = cause ? `: ${describeCause(cause)}` : '';
    return `${type} ${event} ${path}#${run ?? '-'} ${by}${why}`;
  });

describe('reports', () => {
  it('progress: each child started, then its supervisor', () => {
    const world = new World().apply(root(['a', supervisor('in', ['x'])]));
    expect(told(world)).toEqual([
      'progress started a#1 user',
      'progress started in/x#1 user',
      'progress started in#1 user',
      'progress started #1 user',
    ]);
  });

  it('carry the process, the exit and the time', () => {
    const world = booted(root(['a'])).pass(500);
    const { pid } = world.runAt('a');
    world.exit('a', 3);
    expect(world.reports[0]).toEqual({
      type: 'child_terminated',
      event: 'exited',
      at: 1_500,
      app: 'shop',
      path: 'a',
      pid,
      run: 1,
      exit: { code: 3, signal: null, at: 1_500 },
      cause: { type: 'exit', code: 3 },
      by: 'supervisor',
    });
  });

  it('say what was found out about the signal that ended a run', () => {
    const finding = { type: 'core_dumped', file: '/srv/core' } as const;
    const temporary = root([service('a', { restart: 'temporary' })]);
    const [from, to] = [booted(temporary), booted(temporary)];
    from.send({ type: 'exited', path: 'a', run: 1, code: null, signal: 'SIGSEGV', finding, app: 'shop', at: 1_500 });
    to.send({
      type: 'exited',
      path: 'a',
      run: 1,
      code: null,
      signal: 'SIGKILL',
      finding: { type: 'out_of_memory' },
      app: 'shop',
      at: 1_500,
    });
    expect(from.reports[0]).toMatchObject({ exit: { signal: 'SIGSEGV', finding } });
    expect(told(from)).toContainEqual('child_terminated exited a#1 supervisor: signal SIGSEGV (core dumped: /srv/core)');
    expect(told(to)).toContainEqual('child_terminated exited a#1 supervisor: signal SIGKILL (out of memory)');
  });

  it('child_terminated, then what the supervisor did about it, with the chain of causes', () => {
    const world = booted(root(['db', 'api'], { strategy: 'rest_for_one' })).die('db');
    const chain = 'because db ended: signal SIGSEGV; rest_for_one';
    expect(told(world)).toEqual([
      'child_terminated exited db#1 supervisor: signal SIGSEGV',
      `info stopping api#1 supervisor: ${chain}`,
      `shutdown stopped api#1 supervisor: ${chain}`,
      'progress restarted db#2 supervisor: signal SIGSEGV',
      `progress restarted api#2 supervisor: ${chain}`,
    ]);
  });

  it('start_error: of the child with its cause, and of the supervisor that ends with it', () => {
    const world = new World().let('fails', 'in/x').apply(root([supervisor('in', ['x'])]));
    expect(told(world)).toEqual([
      'start_error start_failed in/x#1 supervisor: /bin/x: no such file',
      'shutdown stopped in#- supervisor: failed_to_start_child in/x: /bin/x: no such file',
      'start_error start_failed in#- supervisor: failed_to_start_child in/x: /bin/x: no such file',
      'shutdown stopped #- supervisor: failed_to_start_child in: failed_to_start_child in/x: /bin/x: no such file',
      'start_error start_failed #- supervisor: failed_to_start_child in: failed_to_start_child in/x: /bin/x: no such file',
    ]);
  });

  it('a supervisor that gave up, its restart, and those of its children, which say why', () => {
    const world = booted(root([supervisor('in', ['x'], { intensity: 0 })])).die('in/x');
    const reason = 'gave up (reached_max_restart_intensity): more than 0 restarts in 5s; last in/x: signal SIGSEGV';
    expect(told(world)).toEqual([
      'child_terminated exited in/x#1 supervisor: signal SIGSEGV',
      `shutdown gave_up in#- supervisor: ${reason}`,
      `shutdown stopped in#- supervisor: ${reason}`,
      'progress restarted in/x#2 supervisor: in gave up',
      `progress restarted in#2 supervisor: ${reason}`,
    ]);
    expect(world.service('in/x').restarts).toBe(1);
    expect(world.supervisor('in').restarts).toBe(1);
  });

  it('a stop by hand says so, and so does the start after it', () => {
    const world = booted(root(['a']))
      .stop('a')
      .start('a');
    expect(told(world)).toEqual([
      'info stopping a#1 user: stopped by hand',
      'shutdown stopped a#1 user: stopped by hand',
      'progress started a#2 user',
    ]);
  });

  it('the stop of an application says of each child that a person stopped it', () => {
    const world = booted(root(['a'])).down();
    expect(told(world)).toEqual([
      'info stopping #- user: stopped by hand',
      'info stopping a#1 user: the application stopped: stopped by hand',
      'shutdown stopped a#1 user: the application stopped: stopped by hand',
      'shutdown stopped #- user: stopped by hand',
    ]);
  });

  it('an injected crash: that it was sent, by whom it ended, and the restart', () => {
    const world = booted(root(['a'])).kill('a');
    expect(told(world)).toEqual([
      'info killed a#1 user: SIGKILL sent by hand',
      'child_terminated exited a#1 user: signal SIGKILL',
      'progress restarted a#2 supervisor: signal SIGKILL',
    ]);
  });

  it('a child that failed and is not started again', () => {
    const world = booted(root([service('a', { restart: 'temporary' }), service('b', { restart: 'transient' })]));
    world.exit('a', 3).exit('b', 3);
    expect(told(world)).toEqual([
      'child_terminated exited a#1 supervisor: exit code 3',
      'info failed a#1 supervisor: exit code 3',
      'child_terminated exited b#1 supervisor: exit code 3',
      'progress restarted b#2 supervisor: exit code 3',
    ]);
  });

  it('a child that completed', () => {
    const world = booted(root([service('a', { restart: 'transient' })])).exit('a', 0);
    expect(told(world)).toEqual(['child_terminated exited a#1 supervisor: exit code 0', 'info completed a#1 supervisor: exit code 0']);
  });

  it('a supervisor that tries again after reset_after, and one whose retry failed', () => {
    const world = booted(root(['a'], { intensity: 0, resetAfterMs: 1_000 }))
      .let('fails', 'a')
      .die('a');
    world.reports.splice(0);
    const reason = 'failed_to_start_child a: /bin/a: no such file';
    expect(told(world.pass(1_000)).slice(1)).toEqual([
      `shutdown stopped #- supervisor: ${reason}`,
      `start_error start_failed #- supervisor: ${reason}`,
    ]);
    expect(told(world.let('obeys', 'a').pass(1_000))[1]).toBe(`progress restarted #3 supervisor: ${reason}`);
  });
});

describe('the sentence of a cause', () => {
  const crash: Cause = { type: 'signal', signal: 'SIGSEGV' };
  it.each([
    [{ type: 'exit', code: 1 }, 'exit code 1'],
    [crash, 'signal SIGSEGV'],
    [{ type: 'unknown' }, 'exit status unknown'],
    [{ type: 'start_failed', message: './a: not executable' }, './a: not executable'],
    [{ type: 'sibling', path: 'db', cause: crash, strategy: 'one_for_all' }, 'because db ended: signal SIGSEGV; one_for_all'],
    [{ type: 'sibling', path: 'db', cause: null, strategy: 'one_for_all' }, 'because db ended; one_for_all'],
    [{ type: 'failed_to_start_child', path: 'db', cause: crash }, 'failed_to_start_child db: signal SIGSEGV'],
    [
      { type: 'gave_up', intensity: 1, periodMs: 60_000, path: 'db', cause: crash },
      'gave up (reached_max_restart_intensity): more than 1 restart in 1m; last db: signal SIGSEGV',
    ],
    [{ type: 'auto_shutdown', path: 'job' }, 'auto_shutdown: job ended'],
    [{ type: 'supervisor', path: '', cause: { type: 'auto_shutdown', path: 'job' } }, 'the application stopped: auto_shutdown: job ended'],
    [{ type: 'supervisor', path: 'in', cause: null }, 'in stopped'],
    [{ type: 'by_hand', verb: 'stopped' }, 'stopped by hand'],
    [{ type: 'not_in_time', graceMs: 5_000 }, 'it had not ended 5s after its stop signal'],
  ] as const)('%j', (cause, sentence) => {
    expect(describeCause(cause)).toBe(sentence);
  });
});
