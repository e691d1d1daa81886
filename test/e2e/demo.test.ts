/** The transcript that README shows, line by line, with the real pgrep and pkill and a foreign client. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DaemonStatus, HistoryEntry } from '../../src/control/contract.js';
import { type Example, exampleIn, freePorts } from '../helpers/example.js';
import { type Project, projectWith } from '../helpers/project.js';
import { until } from '../helpers/until.js';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const config = readFileSync(fileURLToPath(new URL('../../portsup.yaml', import.meta.url)), 'utf8');

let project: Project;
let example: Example;
let keeper: string;

beforeEach(async () => {
  project = projectWith(config, { env: await freePorts() });
  example = exampleIn(project.home);
  cpSync(example.copy('copy'), `${project.folder}/services`, { recursive: true });
  await project.ok('up');
  keeper = String((JSON.parse((await project.ok('daemon', 'status', '--json')).stdout) as DaemonStatus).keeperPid);
  await until('both listen', async () => (await project.run('logs')).stdout.match(/Listening/g)?.length === 2);
});
afterEach(() => project.dispose());

/** The real pgrep, among the children of our keeper: other tests and people run services of these names, too. */
function pgrep(name: string): readonly number[] {
  const { stdout } = spawnSync('pgrep', ['-x', '-P', keeper, name], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

const pkill = (name: string): number | null => spawnSync('pkill', ['-x', '-P', keeper, name]).status;

/** Waits until exactly one process has the name, and is not `old`. */
const another = (name: string, old: number | undefined): Promise<number> =>
  until(`another ${name} than ${old}`, () => {
    const [pid, ...more] = pgrep(name);
    return pid !== undefined && pid !== old && more.length === 0 && pid;
  });

async function historyOf(name: string): Promise<readonly HistoryEntry[]> {
  return JSON.parse((await project.ok('history', name, '--json')).stdout) as readonly HistoryEntry[];
}

const client = (...words: readonly string[]): ReturnType<Example['client']> => example.client(project.env, ...words);

/** Crashes service_a the given number of times, each time the one that runs then. */
async function crash(times: number): Promise<void> {
  let [old] = pgrep('service_a');
  for (let time = 1; time < times; time += 1) {
    pkill('service_a');
    old = await another('service_a', old);
  }
  pkill('service_a');
}

describe('the example application', () => {
  it('runs under the PIDs that pgrep prints', async () => {
    const { stdout } = await project.ok('ps');
    for (const name of ['service_a', 'service_b']) {
      const inTable = new RegExp(`^ *${name} +running +(\\d+) `, 'm').exec(stdout)?.[1];
      expect([Number(inTable)]).toEqual(pgrep(name));
      expect((await project.ok('ps', '-q', name)).stdout).toBe(`${inTable}\n`);
    }
  });

  it('has another PID at once after pkill; ps and history say why', async () => {
    const [old] = pgrep('service_a');
    expect(pkill('service_a')).toBe(0);
    const pid = await another('service_a', old);
    expect(await project.service('service_a')).toMatchObject({ state: 'running', pid, run: 2, restarts: 1, why: 'signal SIGTERM' });
    expect((await project.ok('ps')).stdout).toMatch(new RegExp(`service_a +running +${pid} .* 1 .*signal SIGTERM`));
    expect((await historyOf('service_a')).map(({ event, run, pid: of, exit }) => [event, run, of, exit?.signal])).toEqual([
      ['started', 1, old, undefined],
      ['exited', 1, old, 'SIGTERM'],
      ['restarted', 2, pid, undefined],
    ]);
    expect((await project.ok('history', 'service_a')).stdout).toMatch(
      /service_a +1 +SIGTERM +-\n.* service_a +2 +- +supervisor +restarted: signal SIGTERM\n/,
    );
  });

  it('is crashed by our own verb, which says what supervision does about it', async () => {
    const [old] = pgrep('service_a');
    expect(await project.ok('kill', 'service_a')).toMatchObject({
      stdout: `service_a (pid ${old}): SIGKILL sent; supervision starts it again at once: restart 1 of at most 2 in 5s\n`,
      stderr: '',
    });
    const pid = await another('service_a', old);
    expect(await project.service('service_a')).toMatchObject({ pid, exit: { code: null, signal: 'SIGKILL' } });
    expect((await historyOf('service_a')).filter(({ by }) => by === 'user').map(({ event }) => event)).toEqual([
      'started',
      'killed',
      'exited',
    ]);
  });

  it('computes, crashes on what it cannot compute, and is back with a new PID', async () => {
    expect(await client('5', '4')).toEqual({ code: 0, stdout: '11\n', stderr: '' });
    const [old] = pgrep('service_b');
    expect((await client('5', '0')).code).toBe(1);
    const pid = await another('service_b', old);
    expect(await historyOf('service_b')).toMatchObject([
      { event: 'started', pid: old },
      { event: 'exited', pid: old, exit: { code: 1, signal: null }, cause: 'exit code 1' },
      { event: 'restarted', pid, cause: 'exit code 1' },
    ]);
    expect((await project.ok('logs', 'service_b')).stdout).toContain('m must be positive');
    await until('service_b computes again', async () => (await client('5', '4')).stdout === '11\n');
  });

  it('is called; the one that does not survive it is told as down, and is back a moment later', async () => {
    expect((await project.ok('call', 'service_b', 'crunch', '5', '4')).stdout).toBe('11\n');
    expect((await project.ok('call', 'service_b', 'crunch', '-5', '4')).stdout).toBe('1\n');
    expect((await project.ok('call', 'service_a', 'divide', '-7', '2')).stdout).toBe('-4\n');
    const [old] = pgrep('service_b');
    expect(await project.run('call', 'service_b', 'crunch', '5', '0')).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr:
        'error: service_b went down during the call: exit code 1\nhint: it is being started again; "portsup history service_b" tells more\n',
    });
    await another('service_b', old);
    await until('service_b computes again', async () => (await project.run('call', 'service_b', 'crunch', '5', '4')).stdout === '11\n');
    const fault = await project.run('call', 'service_a', 'divide', '1', '0', '--json');
    expect([fault.code, JSON.parse(fault.stdout)]).toEqual([
      1,
      { outcome: 'reply', kind: 'error', reason: 'fault', message: 'ZeroDivisionError: division by zero', code: 1, data: null },
    ]);
    expect((await project.run('call', 'service_a', 'add', '2147483647', '1')).stderr).toContain('int exceeds XML-RPC limits (fault 1)');
    const struct = '[{"methodName": "add", "params": [1, 2]}, {"methodName": "multiply", "params": [3, 4]}]';
    expect((await project.ok('call', 'service_a', 'system.multicall', struct)).stdout).toBe('[[3],[12]]\n');
  });

  it('gives up on the third crash within 5 s: both are gone, ps says why, and up brings it back', async () => {
    await crash(3);
    await until('both gone', () => pgrep('service_a').length + pgrep('service_b').length === 0);
    const root = await until('the application failed', async () =>
      (await project.rows()).find(({ path, state }) => path === '' && state === 'failed'),
    );
    expect(root.why).toBe('gave up (reached_max_restart_intensity): more than 2 restarts in 5s; last service_a: signal SIGTERM');
    expect((await project.ok('ps')).stdout).toMatch(/^example +failed .*gave up \(reached_max_restart_intensity\)/m);
    expect((await project.run('ps', 'service_a', 'service_b')).code).toBe(3);
    expect((await historyOf('service_b')).at(-1)).toMatchObject({ event: 'stopped', by: 'supervisor' });
    await project.ok('up');
    expect(await project.pids()).toEqual({ service_a: pgrep('service_a')[0], service_b: pgrep('service_b')[0] });
    expect(await project.rows()).toMatchObject([{ state: 'running', restartsInWindow: 0 }, { state: 'running' }, { state: 'running' }]);
  });

  it('has a fresh budget after it was brought back', async () => {
    await crash(3);
    await until('both gone', () => pgrep('service_a').length + pgrep('service_b').length === 0);
    await project.ok('up');
    await crash(2);
    await until('service_a runs', () => pgrep('service_a').length === 1);
    expect((await project.rows())[0]).toMatchObject({ state: 'running', restartsInWindow: 2 });
  });

  it('leaves nothing behind after down: no service, no daemon, no keeper', async () => {
    expect(new Set(project.running())).toEqual(new Set(['portsup-keeper', 'portsupd', 'service_a', 'service_b']));
    const { stdout, stderr } = await project.ok('down');
    expect({ stdout, stderr, running: project.running() }).toEqual({ stdout: '', stderr: 'example: stopped 2 services\n', running: [] });
    expect(await project.run('ps')).toMatchObject({ code: 0, stdout: '' });
  });

  it.skipIf(!hasPython)('answers the xmlrpc.client of Python, before and after a crash', async () => {
    const script =
      'import sys, xmlrpc.client\nfor port in sys.argv[1:]: print(getattr(xmlrpc.client.ServerProxy("http://localhost:" + port), "crunch" if port == sys.argv[2] else "add")(5, 4))';
    const ask = (): ReturnType<Example['run']> =>
      example.run('python3', ['-c', script, project.env['SERVICE_A_PORT'] ?? '', project.env['SERVICE_B_PORT'] ?? '']);
    expect(await ask()).toEqual({ code: 0, stdout: '9\n11\n', stderr: '' });
    pkill('service_a');
    pkill('service_b');
    await until('both answer again', async () => (await ask()).stdout === '9\n11\n');
  });
});
