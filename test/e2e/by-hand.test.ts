/** Addresses, the verbs by hand, pools, and what each strategy does to the others. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Project, projectWith, sleepers } from '../helpers/project.js';
import { until } from '../helpers/until.js';

let project: Project;

describe('an address', () => {
  beforeAll(async () => {
    project = projectWith(`name: shop
services:
  web-1: { command: sleep 1000 }
  web-2: { command: sleep 1000 }
  backend:
    services:
      db: { command: sleep 1000 }
      api: { command: sleep 1000 }
  spare:
    services:
      db: { command: sleep 1000 }
`);
    await project.ok('up');
  });
  afterAll(() => project.dispose());

  it.each([
    ['a path', ['backend/db'], ['backend/db']],
    ['a unique last part', ['api'], ['backend/api']],
    ['a supervisor, with all below it', ['backend'], ['backend', 'backend/db', 'backend/api']],
    ['an application', ['shop:'], ['', 'web-1', 'web-2', 'backend', 'backend/db', 'backend/api', 'spare', 'spare/db']],
    ['one with its application', ['shop:backend/db'], ['backend/db']],
    ['a glob', ['web-*'], ['web-1', 'web-2']],
    ['a glob over last parts', ['d?'], ['backend/db', 'spare/db']],
    ['a glob over paths', ['backend/*'], ['backend/db', 'backend/api']],
    ['several, each once', ['web-1', 'web-*'], ['web-1', 'web-2']],
  ])('may be %s', async (_what, names, paths) => {
    expect((await project.rows(...names)).map(({ path }) => path)).toEqual(paths);
  });

  it.each([
    ['db', 2, 'error: "db" may be any of shop:backend/db, shop:spare/db\nhint: write one of these addresses\n'],
    ['backnd/db', 5, 'error: no service or supervisor "backnd/db"\nhint: did you mean backend/db?\n'],
    ['wen-1', 5, 'error: no service or supervisor "wen-1"\nhint: did you mean web-1'],
    ['queue-*', 5, 'error: no service or supervisor "queue-*"\n'],
    ['blog:web', 5, 'error: no application "blog" is up\nhint: running: shop\n'],
  ])('that is "%s" is refused with %i, and with what may have been meant', async (name, code, message) => {
    const before = await project.pids();
    expect(await project.run('stop', 'web-1', name)).toMatchObject({ code, stderr: expect.stringContaining(message) });
    expect(await project.pids()).toEqual(before);
  });
});

describe('by hand', () => {
  afterEach(() => project.dispose());

  it('stop is idempotent and stays: supervision does not start it again, the others are untouched', async () => {
    project = projectWith(sleepers('one', 'two'));
    await project.ok('up');
    const { two } = await project.pids();
    await project.ok('stop', 'one');
    await project.ok('stop', 'one');
    expect(await project.service('one')).toMatchObject({ state: 'stopped', desired: 'stopped', why: 'stopped by hand', run: 1 });
    expect(await project.pids()).toEqual({ one: null, two });
    const history = JSON.parse((await project.ok('history', 'one', '--json')).stdout) as readonly {
      readonly event: string;
      readonly by: string;
    }[];
    expect(history.map(({ event, by }) => `${event} ${by}`)).toEqual(['started user', 'stopping user', 'stopped user']);
  });

  it('start is idempotent, and restart gives another PID without costing the budget', async () => {
    project = projectWith(`intensity: 0\n${sleepers('one')}`);
    await project.ok('up');
    const { one } = await project.pids();
    await project.ok('start', 'one');
    expect(await project.pids()).toEqual({ one });
    for (let time = 0; time < 3; time += 1) await project.ok('restart', 'one');
    expect(await project.service('one')).toMatchObject({ state: 'running', run: 4, restarts: 0, desired: 'up' });
    expect((await project.service('one')).pid).not.toBe(one);
    await project.ok('stop', 'one');
    await project.ok('restart', 'one');
    expect(await project.service('one')).toMatchObject({ state: 'running', run: 5 });
  });

  it('a whole supervisor stops and starts with all below it; what was stopped by hand in it is started again with it', async () => {
    project = projectWith(
      `services:\n  one: { command: sleep 1000 }\n  inner:\n    ${sleepers('two', 'three').replaceAll('\n', '\n    ')}`,
    );
    await project.ok('up');
    const { one } = await project.pids();
    await project.ok('stop', 'inner');
    expect(await project.pids()).toEqual({ one, 'inner/two': null, 'inner/three': null });
    await project.ok('start', 'inner');
    expect(await project.pids()).toEqual({ one, 'inner/two': expect.any(Number), 'inner/three': expect.any(Number) });
  });

  it('start waits for the turn of a service in a supervisor that has to be started for it', async () => {
    project = projectWith(
      `services:\n  one: { command: sleep 1000 }\n  inner:\n    ${sleepers('two', 'three', 'four').replaceAll('\n', '\n    ')}`,
    );
    await project.ok('up');
    for (const name of ['four', 'three']) {
      await project.ok('stop', 'inner');
      await project.ok('start', name);
      expect(await project.service(`inner/${name}`)).toMatchObject({ state: 'running', desired: 'up' });
    }
  });

  it('signal and kill reach the program, and only kill says what supervision will do', async () => {
    project = projectWith(
      'services:\n  one: { command: "trap \'echo hup\' HUP; echo ready; while :; do sleep 0.05; done", shell: true }\n',
    );
    await project.ok('up');
    await until('ready', async () => (await project.run('logs')).stdout.includes('ready'));
    const { pid } = await project.service('one');
    expect((await project.ok('signal', 'HUP', 'one')).stdout).toBe(`one (pid ${pid}): SIGHUP sent\n`);
    expect(JSON.parse((await project.ok('history', 'one', '-n', '1', '--json')).stdout)).toMatchObject([
      { event: 'signalled', run: 1, pid, exit: null, cause: 'SIGHUP sent by hand', by: 'user' },
    ]);
    await until('the program says so', async () => (await project.run('logs')).stdout.includes('hup'));
    expect((await project.ok('kill', '-s', 'USR1', 'one')).stdout).toContain('supervision starts it again');
    await until('it was crashed', async () => (await project.service('one')).exit?.signal === 'SIGUSR1');
    expect(await project.run('kill', '-s', 'stop', 'one')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'error: SIGSTOP ends no program\nhint: "portsup signal STOP one" sends it all the same\n',
    });
    expect(await project.service('one')).toMatchObject({ state: 'running', run: 2 });
  });

  it('send writes a line to standard input, and stop closes it', async () => {
    project = projectWith(
      'services:\n  one: { command: "while read -r line; do echo \\"got $line\\"; done; echo closed", shell: true, stop_signal: SIGCONT }\n',
    );
    await project.ok('up');
    expect((await project.ok('send', 'one', 'a "b" $c')).stdout).toMatch(/^one \(pid \d+\): line sent\n$/);
    await until('it arrived', async () => (await project.run('logs')).stdout === 'one | got a "b" $c\n');
    await project.ok('stop', 'one');
    expect((await project.ok('logs')).stdout).toBe('one | got a "b" $c\none | closed\n');
    expect(await project.service('one')).toMatchObject({ state: 'stopped', exit: { code: 0, signal: null } });
  });

  it('a pool has as many instances as were asked for, each with its own arguments', async () => {
    project = projectWith('services:\n  pool:\n    strategy: simple_one_for_one\n    template: { command: sleep }\n');
    await project.ok('up');
    expect(await project.pids()).toEqual({});
    await project.ok('start', 'pool', '--', '1001');
    await project.ok('start', 'pool', '--', '1002');
    const before = await project.pids();
    expect(Object.keys(before)).toEqual(['pool/1', 'pool/2']);
    expect((await project.ok('status', 'pool/2', '--json')).stdout).toContain('"command":["sleep","1002"]');
    await project.ok('kill', 'pool/1');
    await until('the first is back, with its argument', async () => {
      const { 'pool/1': first } = await project.pids();
      return first !== null && first !== before['pool/1'];
    });
    expect((await project.ok('status', 'pool/1', '--json')).stdout).toContain('"command":["sleep","1001"]');
    await project.ok('stop', 'pool/1');
    expect(await project.pids()).toEqual({ 'pool/2': before['pool/2'] });
    expect(await project.run('start', 'pool', '--', 'soon')).toMatchObject({ code: 1, stderr: expect.stringContaining('pool/3') });
    await project.ok('down');
    expect(project.running()).toEqual([]);
  });
});

describe('when one of three crashes', () => {
  afterEach(() => project.dispose());

  it.each([
    ['one_for_one', ['same', 'other', 'same']],
    ['rest_for_one', ['same', 'other', 'other']],
    ['one_for_all', ['other', 'other', 'other']],
  ])('%s gives new PIDs to exactly those it has to', async (strategy, expected) => {
    project = projectWith(`strategy: ${strategy}\n${sleepers('one', 'two', 'three')}`);
    await project.ok('up');
    const before = await project.pids();
    await project.ok('kill', 'two');
    const after = await until('all are up again', async () => {
      const pids = await project.pids();
      return Object.values(pids).every((pid) => pid !== null) && pids['two'] !== before['two'] && pids;
    });
    expect(['one', 'two', 'three'].map((name) => (after[name] === before[name] ? 'same' : 'other'))).toEqual(expected);
    const [root] = await project.rows();
    expect(root).toMatchObject({ state: 'running', restartsInWindow: 1 });
    if (expected[2] === 'other') expect((await project.service('three')).why).toBe(`because two ended: signal SIGKILL; ${strategy}`);
  });

  it('a nested supervisor keeps it to itself, and its end is a crash to the one above', async () => {
    project = projectWith(`strategy: one_for_all
services:
  one: { command: sleep 1000 }
  inner:
    intensity: 1
    services:
      two: { command: sleep 1000 }
      three: { command: sleep 1000 }
`);
    await project.ok('up');
    const before = await project.pids();
    await project.ok('kill', 'two');
    const second = await until('two is back', async () => {
      const pids = await project.pids();
      return pids['inner/two'] !== before['inner/two'] && pids['inner/two'] !== null && pids;
    });
    expect(second).toMatchObject({ one: before['one'], 'inner/three': before['inner/three'] });
    expect((await project.ok('kill', 'two')).stdout).toContain('one too many: inner gives up');
    const third = await until('everything is up anew', async () => {
      const pids = await project.pids();
      return Object.entries(pids).every(([path, pid]) => pid !== null && pid !== second[path]) && pids;
    });
    expect(Object.keys(third)).toEqual(['one', 'inner/two', 'inner/three']);
    expect((await project.ok('history')).stdout).toMatch(/inner +- +gave_up .*reached_max_restart_intensity/);
  });
});
