/** `run` and `rm`: services without a configuration file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PsRow } from '../../src/control/contract.js';
import { type Project, projectWith, sleepers } from '../helpers/project.js';
import { until } from '../helpers/until.js';

let project: Project;

beforeEach(() => {
  project = projectWith(sleepers('configured'));
});
afterEach(() => project.dispose());

const rows = async (): Promise<readonly PsRow[]> => JSON.parse((await project.ok('ps', '-A', '--json')).stdout) as readonly PsRow[];
const paths = async (): Promise<readonly string[]> => (await rows()).map(({ app, path }) => `${app}:${path}`);

describe('run', () => {
  it('starts a service with a budget of its own, which is one like any other', async () => {
    await project.ok(
      'run',
      '--name',
      'api',
      '--restart',
      'transient',
      '-e',
      'A=x$y ${B}',
      '-e',
      'B=',
      '--',
      'sh',
      '-c',
      'echo "$A|$B|$0" && exec sleep 1000',
      '$HOME',
    );
    expect(await paths()).toEqual(['api:', 'api:api']);
    await until('it has said so', async () => (await project.run('logs', 'api', '--no-prefix')).stdout === 'x$y ${B}||$HOME\n');
    const [, before] = await rows();
    await project.ok('kill', 'api');
    await until('it is back', async () =>
      (await rows()).some(({ path, run, state }) => path === 'api' && run === 2 && state === 'running'),
    );
    expect((await rows())[1]?.pid).not.toBe(before?.pid);
    expect((await project.ok('history', 'api')).stdout).toContain('signal SIGKILL');
    await project.ok('run', '--name', 'other', '--', 'sleep', '1000');
    expect(await paths()).toEqual(['api:', 'api:api', 'other:', 'other:other']);
    expect(await project.run('up')).toMatchObject({ code: 0 });
    expect(await project.run('rm', 'configured')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: configured is configured in .*portsup\.yaml\nhint: remove it there/),
    });
  });

  it('is called after its program, or after the script that an interpreter runs', async () => {
    project.write({ 'my job.sh': 'exec sleep 1000\n' });
    await project.ok('run', '--', 'sh', 'my job.sh');
    await project.ok('run', 'sleep', '1000');
    await project.ok('run', '--', 'sh', '-c', 'exec sleep 1000');
    expect((await paths()).filter((path) => !path.endsWith(':'))).toEqual(['my-job:my-job', 'sleep:sleep', 'sh:sh']);
  });

  it('beside others in one application, each in the environment and folder of who ran it', async () => {
    project.write({ 'sub/x': '' });
    const show = 'echo "$WHO $PWD"; exec sleep 1000';
    await project.ok('run', '-p', 'tools', '--name', 'a', '-e', 'WHO=a', '--', 'sh', '-c', show);
    const other = projectWith('', { home: project.home, name: 'elsewhere', env: { ...project.env, ONLY_HERE: 'yes' } });
    await other.ok('run', '-p', 'tools', '--name', 'b', '--cwd', '..', '--', 'sh', '-c', 'echo "$ONLY_HERE $(pwd)"; exec sleep 1000');
    expect(await paths()).toEqual(['tools:', 'tools:a', 'tools:b']);
    const folder = join(other.folder, '..');
    await until(
      'both have said so',
      async () => (await project.run('logs', '-p', 'tools', 'b', '--no-prefix')).stdout === `yes ${folder}\n`,
    );
    await project.ok('stop', 'b');
    expect(await project.run('run', '-p', 'tools', '--name', 'b', '--', 'sleep', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"b" is already present'),
    });
    expect(await project.run('run', '-p', 'tools', '--name', 'a', '--', 'sleep', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"a" is already running'),
    });
    await project.ok('rm', 'b');
    expect(await paths()).toEqual(['tools:', 'tools:a']);
    expect(await project.run('rm', 'a')).toMatchObject({ code: 1, stderr: expect.stringContaining('a is running') });
    await project.ok('rm', '--stop', 'a');
    // With the last of them the daemon has gone, too.
    expect(project.running()).toEqual([]);
  });

  it('is there again after a reboot, and after the death of keeper and daemon', async () => {
    await project.ok('run', '--name', 'api', '-e', 'A=1', '--', 'sh', '-c', 'echo "A is $A"; exec sleep 1000');
    const { pid, keeperPid } = JSON.parse((await project.ok('daemon', 'status', '--json')).stdout) as {
      readonly pid: number;
      readonly keeperPid: number;
    };
    process.kill(keeperPid, 'SIGTERM');
    await until('all has ended', () => project.running().length === 0);
    await project.ok('daemon', 'start');
    expect(await paths()).toEqual(['api:', 'api:api']);
    await until('it runs', async () => (await rows())[1]?.state === 'running');
    expect(pid).not.toBe(0);
    await project.ok('rm', '--stop', 'api');
    await project.run('daemon', 'start');
    expect(await paths()).toEqual([]);
  });

  it('of what cannot be executed leaves nothing; of what is wrong says so, and starts nothing', async () => {
    const failed = await project.run('run', '--', 'no-such-program');
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no-such-program failed to start: .*no program "no-such-program"/),
    });
    await until('nothing is left', () => project.running().length === 0);
    for (const [words, hint] of [
      [['run'], 'needs a command'],
      [['run', '--name', 'a b', '--', 'x'], 'is no name'],
      [['run', '--restart', 'always', '--', 'x'], 'is not permanent'],
      [['run', '-e', 'A', '--', 'x'], 'needs NAME=VALUE'],
      [['run', '-e', 'PORTSUP_RUN=1', '--', 'x'], 'error: -e/--env: "PORTSUP_RUN" cannot be set\nhint: a variable name'],
      [['run', '-e', '__proto__=1', '--', 'x'], 'error: -e/--env: "__proto__" cannot be set\n'],
      [['run', '-p', 'bad name', '--', 'x'], 'error: -p/--app: "bad name" is no name for an application\nhint: a letter, then'],
      [['run', '--once', '--restart', 'permanent', '--', 'x'], 'one time'],
    ] as const)
      expect(await project.run(...words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(hint) });
    expect(await project.run('run', '--cwd', '', '--', 'x')).toMatchObject({ code: 2 });
    expect(project.running()).toEqual([]);
  });

  it('several at once in one application all get there', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const codes = await Promise.all(
      names.map(async (name) => (await project.run('run', '-p', 'x', '--name', name, '--', 'sleep', '1000')).code),
    );
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    expect((await paths()).slice(1).sort()).toEqual(names.map((name) => `x:${name}`));
    const removed = await Promise.all(names.slice(1).map(async (name) => (await project.run('rm', '--stop', `x:${name}`)).code));
    expect(removed).toEqual([0, 0, 0, 0]);
    expect(await paths()).toEqual(['x:', 'x:a']);
  });

  it('what is slow to be removed goes, whoever comes meanwhile; what is removed of a stopped application starts nothing', async () => {
    const deaf = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';
    await project.ok('run', '-p', 'y', '--name', 'slow', '--', 'sh', '-c', deaf);
    await until('it is deaf', async () => (await project.run('logs', 'y:slow', '--no-prefix')).stdout === 'ready\n');
    const removing = project.start('rm', '--stop', 'y:slow');
    await until('it is being removed', async () => (await rows()).some(({ path, state }) => path === 'slow' && state === 'stopping'));
    await project.ok('run', '-p', 'y', '--name', 'c', '--', 'sleep', '1000');
    expect(await removing.ended).toMatchObject({ code: 0 });
    expect(await paths()).toEqual(['y:', 'y:c']);
    await project.ok('run', '-p', 'y', '--name', 'd', '--', 'sleep', '1000');
    await project.ok('stop', 'y:');
    await project.ok('rm', 'y:d');
    expect((await rows()).map(({ path, state }) => `${path} ${state}`)).toEqual([' stopped', 'c stopped']);
  });

  it('stopped by hand stays so over a reboot, and starts with the next one once it has been started', async () => {
    await project.ok('run', '--name', 'w', '--', 'sleep', '1000');
    await project.ok('run', '--name', 'v', '--', 'sleep', '1000');
    await project.ok('stop', 'w');
    const reboot = async (): Promise<void> => {
      const { keeperPid } = JSON.parse((await project.ok('daemon', 'status', '--json')).stdout) as { readonly keeperPid: number };
      process.kill(keeperPid, 'SIGTERM');
      await until('all has ended', () => project.running().length === 0);
      await project.ok('daemon', 'start');
    };
    const stateOf = async (name: string): Promise<string | undefined> => (await rows()).find(({ path }) => path === name)?.state;
    await reboot();
    await until('v runs', async () => (await stateOf('v')) === 'running');
    expect(await stateOf('w')).toBe('stopped');
    await project.ok('start', 'w');
    await reboot();
    await until('w runs', async () => (await stateOf('w')) === 'running');
  });

  it('does not touch an application that has a configuration', async () => {
    await project.ok('up');
    const refused = await project.run('run', '-p', 'project', '--name', 'x', '--', 'sleep', '1');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"project" has a configuration of its own\nhint: add it to .*portsup\.yaml/),
    });
    expect(Object.keys(await project.pids())).toEqual(['configured']);
  });
});

describe('run --once', () => {
  it('prints what the program prints, on both outputs, and ends as it ends', async () => {
    const script = 'for n in 1 2 3; do echo "out $n"; done; echo oops >&2; exit 7';
    expect(await project.run('run', '--once', '--', 'sh', '-c', script)).toEqual(
      expect.objectContaining({ code: 7, stdout: 'out 1\nout 2\nout 3\n', stderr: 'oops\n' }),
    );
    expect(await project.run('run', '--once', '--', 'true')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await project.run('run', '--once', '--', 'sh', '-c', 'kill -TERM $$')).toMatchObject({ code: 143 });
    expect(await project.run('run', '--once', '--', 'no-such-program')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no program "no-such-program"'),
    });
    expect(project.running()).toEqual([]);
  });

  it('loses no line of a program that prints much and ends', async () => {
    const { stdout, code } = await project.run('run', '--once', '--', 'seq', '1', '30000');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(30_001);
    expect(stdout.endsWith('\n29999\n30000\n')).toBe(true);
  });

  it('is not restarted, and Ctrl-C stops it', async () => {
    writeFileSync(join(project.folder, 'job.sh'), 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.1; done\n');
    const running = project.start('run', '--once', '--', 'sh', 'job.sh');
    expect(await running.nextLine()).toBe('ready');
    running.kill('SIGINT');
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: 130, stdout: 'ready\nbye\n', stderr: expect.stringContaining('stopping job') });
    expect(project.running()).toEqual([]);
  });

  it('prints its own lines, each once, however busy others keep the daemon', async () => {
    await project.ok('run', '--name', 'load', '--', 'sh', '-c', 'while :; do seq 2000; sleep 0.05; done');
    for (let round = 0; round < 15; round += 1) {
      const { stdout, code } = await project.run('run', '--once', '--', 'sh', '-c', `echo hi${round}`);
      expect([stdout, code]).toEqual([`hi${round}\n`, 0]);
    }
  });

  it('stops a program whose reader has gone, and one that is deaf to Ctrl-C is left by a second one', async () => {
    const running = project.start('run', '--once', '--name', 'pipe', '--', 'sh', '-c', 'while :; do echo x; sleep 0.05; done');
    expect(await running.nextLine()).toBe('x');
    running.closeOutput();
    await running.ended;
    expect(project.running()).toEqual([]);

    const deaf = project.start(
      'run',
      '--once',
      '--name',
      'deaf',
      '--',
      'sh',
      '-c',
      'trap "" TERM; echo ready; while :; do sleep 0.05; done',
    );
    expect(await deaf.nextLine()).toBe('ready');
    deaf.kill('SIGINT');
    await until('it is being stopped', async () => (await rows()).some(({ path, state }) => path === 'deaf' && state === 'stopping'));
    deaf.kill('SIGINT');
    const { stderr } = await deaf.ended;
    expect(stderr).toBe('stopping deaf; once more Ctrl-C leaves without waiting for it\n');
    await until('it has been killed', async () => (await rows()).every(({ state }) => state !== 'stopping'));
    expect(await project.run('run', '--once', '--name', 'deaf', '--', 'echo', 'again')).toMatchObject({ code: 0, stdout: 'again\n' });
  });

  it('several of one name at once each print their own, also as JSON', async () => {
    const outputs = await Promise.all(
      [1, 2, 3].map(async (number) => (await project.run('run', '--once', '--json', '--', 'sh', '-c', `sleep 0.3; echo ${number}`)).stdout),
    );
    expect(outputs.map((text) => (JSON.parse(text) as { readonly text: string }).text)).toEqual(['1', '2', '3']);
  });

  it('goes on over the death of the daemon', async () => {
    writeFileSync(join(project.folder, 'job.sh'), 'echo one; while [ ! -e go ]; do sleep 0.05; done; echo two; exit 3\n');
    const running = project.start('run', '--once', '--', 'sh', 'job.sh');
    expect(await running.nextLine()).toBe('one');
    const { pid } = JSON.parse((await project.ok('daemon', 'status', '--json')).stdout) as { readonly pid: number };
    process.kill(pid, 'SIGKILL');
    project.write({ go: '' });
    expect(await running.ended).toMatchObject({ code: 3, stdout: 'one\ntwo\n' });
  });
});
