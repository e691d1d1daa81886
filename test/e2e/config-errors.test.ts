/** What cannot be started, and configurations that are wrong: what a person is told, and that nothing else is touched. */
import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { PsRow } from '../../src/control/contract.js';
import { type Project, projectWith, sleepers } from '../helpers/project.js';

let project: Project;

afterEach(() => project.dispose());

/** The states of a project's services by path. */
const statesOf = (rows: readonly PsRow[]): Readonly<Record<string, string>> =>
  Object.fromEntries(rows.map(({ path, state }) => [path, state]));

describe('up of a child that cannot start exits 1, says which and why, and leaves nothing half up, when', () => {
  it.each([
    ['there is no such program', './bin/none', 'no such file', '/bin/none"'],
    ['a bare name is nowhere in the PATH', 'no-such-program-at-all', '"no-such-program-at-all"', 'PATH'],
    ['the program is not executable', './plain.txt', 'plain.txt"', 'not executable'],
    ['the program is a folder', './folder', '/folder"', 'folder'],
  ])('%s', async (_what, command, ...words) => {
    project = projectWith(
      `services:\n  first: { command: sleep 1000 }\n  bad: { command: ${command} }\n  third: { command: sleep 1000 }\n`,
    );
    project.write({ 'plain.txt': 'no program' });
    mkdirSync(`${project.folder}/folder`);
    const { code, stderr } = await project.run('up');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: bad failed to start: failed_to_start_child bad: /);
    for (const word of words) expect(stderr).toContain(word);
    expect(statesOf(await project.rows())).toEqual({ '': 'failed', first: 'stopped', bad: 'failed', third: 'stopped' });
    expect([...project.running()].sort()).toEqual(['portsup-keeper', 'portsupd']);
  });

  it('its working folder is missing', async () => {
    project = projectWith('services:\n  first: { command: sleep 1000 }\n  bad: { command: sleep 1000, cwd: nowhere }\n');
    const { code, stderr } = await project.run('up');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`"${project.folder}/nowhere"`) });
    expect([...project.running()].sort()).toEqual(['portsup-keeper', 'portsupd']);
  });

  it('it exits at once, with its last output lines', async () => {
    project = projectWith(
      'intensity: 2\nservices:\n  first: { command: sleep 1000 }\n  bad: { command: "echo one; echo two >&2; exit 3", shell: true }\n',
    );
    const { code, stderr } = await project.run('up');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: bad failed to start: gave up .*more than 2 restarts in 5s; last bad: exit code 3$/m);
    expect(stderr).toMatch(/^ {2}bad \| one$/m);
    expect(stderr).toMatch(/^ {2}bad \| two$/m);
    expect(statesOf(await project.rows())).toEqual({ '': 'failed', first: 'stopped', bad: 'failed' });
    expect([...project.running()].sort()).toEqual(['portsup-keeper', 'portsupd']);
  });

  it('it is a child of a nested supervisor: what had started is stopped in reverse order', async () => {
    project = projectWith(
      'services:\n  first: { command: sleep 1000 }\n  inner:\n    services:\n      second: { command: sleep 1000 }\n      bad: { command: ./none }\n',
    );
    const { code, stderr } = await project.run('up');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('inner/bad') });
    expect([...project.running()].sort()).toEqual(['portsup-keeper', 'portsupd']);
    const stopped = (JSON.parse((await project.ok('history', '--json')).stdout) as readonly { event: string; path: string }[])
      .filter(({ event, path }) => event === 'stopped' && path !== '')
      .map(({ path }) => path);
    expect(stopped.filter((path) => path !== 'inner')).toEqual(['inner/second', 'first']);
  });
});

describe('an application that failed to start', () => {
  it('comes up when what was wrong has been mended', async () => {
    project = projectWith('services:\n  first: { command: sleep 1000 }\n  second: { command: ./later }\n');
    expect((await project.run('up')).code).toBe(1);
    project.write({ later: '#!/bin/sh\nexec sleep 1000\n' });
    await project.ok('up');
    expect(statesOf(await project.rows())).toEqual({ '': 'running', first: 'running', second: 'running' });
  });

  it('exits 1 again when nothing has been mended, and can be taken down', async () => {
    project = projectWith('services:\n  bad: { command: ./none }\n');
    expect((await project.run('up')).code).toBe(1);
    expect((await project.run('up')).code).toBe(1);
    await project.ok('down');
    expect(project.running()).toEqual([]);
  });

  it('that runs already keeps the rest when a new child cannot start', async () => {
    project = projectWith(sleepers('first'));
    await project.ok('up');
    const before = await project.pids();
    project.write({ 'portsup.yaml': `${sleepers('first')}  bad: { command: ./none }\n` });
    const { code, stderr } = await project.run('up');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('bad failed to start') });
    expect(await project.pids()).toMatchObject({ first: before['first'] });
  });
});

describe('a wrong configuration', () => {
  const wrong = 'intensity: -1\nservices:\n  first: { comand: sleep 1000 }\n  "2nd": { command: sleep 1 }\n';

  it('is told with all its problems, their places and the nearest known name; nothing is started', async () => {
    project = projectWith(wrong);
    const { code, stdout, stderr } = await project.run('up');
    expect({ code, stdout, running: project.running() }).toEqual({ code: 6, stdout: '', running: [] });
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^portsup\.yaml:1:12: intensity: found -1, expected an integer, 0 or more$/),
      '  1 | intensity: -1',
      '    |            ^',
      expect.stringMatching(/^portsup\.yaml:3:12: services\.first\.comand: .*"command"/),
      '  3 |   first: { comand: sleep 1000 }',
      '    |            ^',
      expect.stringMatching(/^portsup\.yaml:4:3: services\["2nd"\]: /),
      expect.stringMatching(/^ {2}4 \| {3}"2nd": /),
      '    |   ^',
      'error: portsup.yaml has 3 problems',
      expect.stringMatching(/^hint: /),
      '',
    ]);
  });

  it.each(['up', 'check'])('lets nothing be touched that runs (%s)', async (command) => {
    project = projectWith(sleepers('first', 'second'));
    await project.ok('up');
    const before = await project.pids();
    project.write({ 'portsup.yaml': wrong });
    expect((await project.run(command)).code).toBe(6);
    expect(await project.pids()).toEqual(before);
    await project.ok('stop', 'second');
    await project.ok('down');
    expect(project.running()).toEqual([]);
  });

  it('with --json is still told on standard error only by up, and as an object by check', async () => {
    project = projectWith(wrong);
    expect(await project.run('up', '--json')).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('portsup.yaml:1:12') });
    const { code, stdout } = await project.run('check', '--json');
    expect({ code, said: JSON.parse(stdout) as unknown }).toEqual({
      code: 6,
      said: { ok: false, problems: expect.arrayContaining([expect.objectContaining({ file: 'portsup.yaml', line: 1, column: 12 })]) },
    });
  });

  it('that has no such profile, or nothing without one, is told by check --json as a problem, too', async () => {
    project = projectWith('services: { web: { command: x, profiles: [dev] } }\n');
    const problem = (message: string): object => ({
      ok: false,
      problems: [{ file: 'portsup.yaml', line: null, column: null, path: '', message, excerpt: [] }],
    });
    const unknown = await project.run('check', '--json', '--profile', 'dve');
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: portsup.yaml has no profile "dve"\nhint: did you mean'),
    });
    expect(JSON.parse(unknown.stdout)).toEqual(problem('portsup.yaml has no profile "dve"'));
    const nothing = await project.run('check', '--json', '-f', 'portsup.yaml');
    expect(nothing).toMatchObject({ code: 6, stderr: expect.stringContaining('error: portsup.yaml has no service without a profile\n') });
    expect(JSON.parse(nothing.stdout)).toEqual(problem('portsup.yaml has no service without a profile'));
    expect(JSON.parse((await project.ok('check', '--json', '--profile', 'dev')).stdout)).toMatchObject({ ok: true, problems: [] });
  });

  it('that is no YAML, is empty, or is missing has one clear error each', async () => {
    project = projectWith('services: [\n');
    expect(await project.run('up')).toMatchObject({ code: 6, stderr: expect.stringMatching(/^portsup\.yaml:\d+:\d+: /) });
    project.write({ 'portsup.yaml': '' });
    expect(await project.run('up')).toMatchObject({ code: 6, stderr: expect.stringMatching(/^error: /m) });
    expect(await project.run('up', '-f', 'other.yaml')).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/^error: no configuration at .*other\.yaml\nhint: .*\n$/),
    });
    expect(project.running()).toEqual([]);
  });
});
