/** Every exit code of the table in README, by a situation that people meet. */
import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/base/errors.js';
import { portsup } from '../helpers/cli.js';
import { type Project, projectWith, sleepers } from '../helpers/project.js';
import { until } from '../helpers/until.js';

/** A service that does not end on SIGTERM, and says when it can be sent one. */
const STUBBORN = `{ command: "trap '' TERM; echo ready; while :; do sleep 1; done", shell: true, shutdown: 20s }`;

describe('with an application up, the exit code is', () => {
  let project: Project;

  beforeAll(async () => {
    project = projectWith(`name: shop\n${sleepers('web', 'db')}  done: { command: "true", restart: transient }\n`);
    await project.ok('up');
    await project.ok('stop', 'db');
  });
  afterAll(() => project.dispose());

  it.each([
    ['up, also when everything is up already', ['up']],
    ['ps', ['ps']],
    ['ps of what is up', ['ps', 'web']],
    ['ps of what has completed its work', ['ps', 'done']],
    ['ps of the application, though one is stopped by hand', ['ps', 'shop:']],
    ['status of what is up', ['status', 'web']],
    ['start of what runs', ['start', 'web']],
    ['stop of what is stopped', ['stop', 'db']],
    ['signal', ['signal', 'CONT', 'web']],
    ['send', ['send', 'web', 'hello']],
    ['history', ['history']],
    ['down of what is not up', ['down', '-p', 'nobody']],
    ['history of a name that nobody knows', ['history', 'nobody']],
    ['logs', ['logs']],
    ['tree', ['tree']],
    ['check', ['check']],
    ['check --resolved', ['check', '--resolved']],
    ['daemon status', ['daemon', 'status']],
    ['daemon logs', ['daemon', 'logs']],
    ['--help', ['--help']],
    ['--help of a command', ['up', '--help']],
    ['--version', ['--version']],
  ])('0 after %s', async (_what, words) => {
    expect(await project.run(...words)).toMatchObject({ code: 0, signal: null });
  });

  it.each([
    ['kill of what does not run', ['kill', 'db'], 'db: not running'],
    ['signal to what does not run', ['signal', 'HUP', 'db'], 'db: not running'],
    ['send to what does not run', ['send', 'db', 'hello'], 'db: not running'],
  ])('1 after %s', async (_what, words, message) => {
    expect(await project.run(...words)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`error: ${message}`) });
  });

  it.each([
    ['no command', [], 'Usage: portsup'],
    ['an unknown command', ['pss'], 'did you mean "ps"'],
    ['an unknown option', ['ps', '--jsn'], 'did you mean "--json"'],
    ['an option without its value', ['ps', '-p'], 'needs a value'],
    ['a value that is none', ['stop', 'web', '-t', 'soon'], '"soon" is not a duration'],
    ['an option with too much value', ['ps', '--json=yes'], 'takes no value'],
    ['a name that is missing', ['stop'], '"stop" needs NAME...'],
    ['a name too many', ['down', 'web'], 'takes no "web"'],
    ['half a command', ['daemon'], '"daemon" needs to know what to do'],
    ['a signal that is none', ['signal', 'NOPE', 'web'], '"NOPE" is not a signal'],
    ['a time that is none', ['history', '--since', 'then'], 'neither a time nor a duration'],
    ['arguments for what is no pool', ['start', 'web', '--', 'x'], 'takes no arguments'],
    ['another application than the folder has', ['up', '-p', 'other'], 'is the application "shop"'],
  ])('2 after %s', async (_what, words, message) => {
    const { code, stdout, stderr } = await project.run(...words);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it.each([
    ['ps of what is stopped', ['ps', 'db']],
    ['ps of several of which one is stopped', ['ps', 'web', 'db']],
    ['status of what is stopped', ['status', 'db']],
    ['ps --json of what is stopped', ['ps', '--json', 'db']],
    ['ps -q of what is stopped', ['ps', '-q', 'db']],
  ])('3 after %s', async (_what, words) => {
    expect(await project.run(...words)).toMatchObject({ code: 3, stderr: '' });
  });

  it.each([
    ['ps of an unknown name', ['ps', 'wep']],
    ['status of an unknown name', ['status', 'wep']],
    ['ps of an unknown application', ['ps', '-p', 'nobody']],
  ])('4 after %s', async (_what, words) => {
    expect(await project.run(...words)).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/^error: no .*\nhint: .*\n$/) });
  });

  it.each(['start', 'stop', 'restart', 'kill', 'logs'])('5 after %s of an unknown name', async (command) => {
    expect(await project.run(command, 'wep')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: 'error: no service or supervisor "wep"\nhint: did you mean web?\n',
    });
  });

  it.each([['stop', 'web'], ['logs'], ['tree']])('5 after %s in an application that is not up', async (...words) => {
    expect(await project.run(...words, '-p', 'nobody')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no application "nobody"'),
    });
  });
});

describe('the exit code is', () => {
  let project: Project;

  afterEach(() => project.dispose());

  it('1 after a start by hand that fails', async () => {
    project = projectWith('services:\n  web: { command: sleep 1000 }\n  bad: { command: ./none, autostart: false }\n');
    await project.ok('up');
    expect(await project.run('start', 'bad')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: bad failed to start: no such file/),
    });
    expect(await project.run('restart', 'bad', 'web')).toMatchObject({ code: 1, stderr: expect.stringContaining('bad failed to restart') });
  });

  it('2 for an address that may be several', async () => {
    project = projectWith(
      'services:\n  one:\n    services: { db: { command: sleep 1000 } }\n  two:\n    services: { db: { command: sleep 1000 } }\n',
    );
    await project.ok('up');
    for (const command of ['status', 'stop', 'ps'])
      expect(await project.run(command, 'db')).toMatchObject({ code: 2, stderr: expect.stringContaining('one/db, project:two/db') });
  });

  it('3 for an application that has given up', async () => {
    project = projectWith('intensity: 0\nservices:\n  web: { command: sleep 1000 }\n');
    await project.ok('up');
    await project.ok('kill', 'web');
    await until('it gave up', async () => (await project.rows())[0]?.state === 'failed');
    expect((await project.run('status', 'web')).code).toBe(3);
    expect((await project.run('ps')).code).toBe(0);
  });

  it('4 when the home is open to others', async () => {
    project = projectWith(sleepers('web'));
    chmodSync(project.home.home, 0o755);
    expect(await project.run('up')).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('chmod 700') });
    // It has answered before it ends.
    await until('the refused keeper has ended', () => project.running().length === 0);
  });

  it.each([
    ['a file is in the way', 'portsup.yaml/home', 'ENOTDIR'],
    ['nothing can be made there, not even by root', '/proc/portsup', 'ENOENT'],
  ])('4 when the home cannot be made, as %s', async (_what, path, errno) => {
    // Elsewhere there is no /proc.
    if (path.startsWith('/proc') && process.platform !== 'linux') return;
    project = projectWith(sleepers('web'));
    const home = resolve(project.folder, path);
    expect(await portsup({ ...project.env, PORTSUP_HOME: home }, project.folder, 'up')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: `error: cannot make the home ${home} (${errno})\nhint: set PORTSUP_HOME to a folder that you may write to\n`,
    });
  });

  it('4 or 7 without a daemon, for asking and for acting; nothing is started by it', async () => {
    project = projectWith(sleepers('web'));
    for (const words of [
      ['status', 'web'],
      ['ps', 'web'],
    ])
      expect((await project.run(...words)).code).toBe(4);
    for (const words of [
      ['start', 'web'],
      ['stop', 'web'],
      ['restart', 'web'],
      ['kill', 'web'],
      ['signal', 'HUP', 'web'],
      ['send', 'web', 'x'],
    ])
      expect(await project.run(...words)).toMatchObject({
        code: 7,
        stdout: '',
        stderr: expect.stringMatching(/^error: .*\nhint: .*portsup up/),
      });
    for (const words of [['logs'], ['history'], ['events'], ['tree'], ['daemon', 'status']])
      expect((await project.run(...words)).code).toBe(7);
    expect(project.running()).toEqual([]);
  });

  it('0 without a daemon for what is done already: down, daemon stop, plain ps', async () => {
    project = projectWith(sleepers('web'));
    for (const words of [['down'], ['down', '--all'], ['daemon', 'stop'], ['ps'], ['ps', '-A'], ['ps', '-q'], ['up', '--dry-run']])
      expect((await project.run(...words)).code).toBe(0);
    expect(project.running()).toEqual([]);
  });

  it('6 for a configuration that is missing', async () => {
    project = projectWith(sleepers('web'));
    expect(await project.run('up', '-f', 'none.yaml')).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('none.yaml') });
    await project.ok('up');
    expect((await project.run('ps', '-f', 'none.yaml')).code).toBe(6);
  });

  it('124 when the waiting took too long; what was asked for goes on', async () => {
    project = projectWith(`services:\n  slow: ${STUBBORN}\n`);
    await project.ok('up');
    await until('slow is ready', async () => (await project.run('logs')).stdout.includes('ready'));
    project.write({ 'portsup.yaml': sleepers('slow') });
    expect(await project.run('up', '--wait-timeout', '200ms')).toMatchObject({
      code: 124,
      stdout: '',
      stderr: expect.stringMatching(/^error: .*slow \(stopping\)\nhint: .*\n$/),
    });
    expect((await project.service('slow')).state).toBe('stopping');
    await project.ok('down', '-t', '0');
  });

  it('130 when Ctrl-C ends the waiting; what was asked for goes on', async () => {
    project = projectWith(`services:\n  slow: ${STUBBORN}\n`);
    await project.ok('up');
    await until('slow is ready', async () => (await project.run('logs')).stdout.includes('ready'));
    project.write({ 'portsup.yaml': sleepers('slow') });
    const up = project.start('up');
    await until('it is being replaced', async () => (await project.service('slow')).state === 'stopping');
    up.kill('SIGINT');
    expect(await up.ended).toMatchObject({
      code: 130,
      stdout: '',
      stderr: expect.stringMatching(/^error: interrupted; .*\nhint: .*portsup down.*\n$/),
    });
    await project.ok('kill', 'slow');
    await until('what replaces it runs', async () => (await project.service('slow')).run === 2);
    expect(project.running()).toContain('sleep');
  });
});

it('is one of those that this file has a situation for', () => {
  const exits = [...new Set(Object.values(ERRORS).map(({ exit }) => exit))].sort((left, right) => left - right);
  expect(exits).toEqual([1, 2, 4, 5, 6, 7, 124, 130]);
});
