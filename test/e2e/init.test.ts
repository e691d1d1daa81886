/** `init`: a configuration for a folder that has none, from what is in it. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Project, projectWith } from '../helpers/project.js';
import { until } from '../helpers/until.js';

let project: Project;

const empty = (name: string): Project => {
  const made = projectWith('', { name });
  rmSync(`${made.folder}/portsup.yaml`);
  return made;
};

beforeEach(() => {
  project = empty('my shop');
});

afterEach(() => project.dispose());

const written = (file = 'portsup.yaml'): string => readFileSync(`${project.folder}/${file}`, 'utf8');
const scripts = (all: Readonly<Record<string, string>>): string => JSON.stringify({ scripts: all });

describe('init writes a configuration that passes "portsup check", for', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['an empty folder', {}, 'an example (hello), to be edited'],
    [
      'scripts',
      { 'package.json': scripts({ start: 'node a.js', dev: 'node b.js', build: 'tsc', 'worker:mail': 'node c.js | cat' }) },
      'the services app, worker-mail, from package.json',
    ],
    ['scripts by pnpm', { 'package.json': scripts({ start: 'vite preview' }), 'pnpm-lock.yaml': '' }, 'the service app, from package.json'],
    ['scripts that end by themselves', { 'package.json': scripts({ build: 'tsc' }) }, 'an example'],
    ['a package without scripts', { 'package.json': '{}' }, 'an example'],
    ['a Procfile', { Procfile: 'web: node a.js -p $PORT\nweird.name: b\n' }, 'the services web, weird-name, from Procfile'],
    ['a Procfile for development', { 'Procfile.dev': 'web: a\n' }, 'the service web, from Procfile.dev'],
    [
      'both',
      { Procfile: 'web: a\n', 'Procfile.dev': 'web: b\n', 'package.json': scripts({ start: 'node a' }) },
      'the service web, from Procfile',
    ],
  ])('%s', async (_what, files, said) => {
    project.write(files);
    expect((await project.ok('init')).stdout).toContain(`wrote portsup.yaml: ${said}`);
    await project.ok('check');
    expect(written()).toMatch(/^# portsup.yaml: /);
  });
});

it('what it wrote comes up: the program itself, with its variables, in an application with a name that is one', async () => {
  project.write({
    'package.json': scripts({ start: 'GREETING=hello node server.js', predev: 'x', dev: 'y' }),
    'server.js': "console.log(process.env.GREETING, 'of', process.env.PORTSUP_APP); setInterval(() => {}, 1000);",
  });
  await project.ok('init');
  await project.ok('up');
  await until('it says who it is', async () => (await project.ok('logs')).stdout.includes('hello of my-shop'));
  expect(project.running().toSorted()).toEqual(['node', 'portsup-keeper', 'portsupd']);
});

it('the example comes up, too', async () => {
  await project.ok('init');
  await project.ok('up');
  await until('it says hello', async () => (await project.ok('logs')).stdout.includes('hello'));
});

describe('init never overwrites:', () => {
  it.each(['portsup.yaml', 'portsup.json', 'portsup.config.ts'])('%s is an error with a remedy, and nothing is written', async (name) => {
    project.write({ [name]: 'mine' });
    const { code, stdout, stderr } = await project.run('init');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error: .*/${name} is there already\nhint: .*--stdout`));
    expect([readdirSync(project.folder), written(name)]).toEqual([[name], 'mine']);
  });

  it('nor what is named with -f', async () => {
    await project.ok('init', '-f', 'other.yaml');
    const before = written('other.yaml');
    await project.ok('check', '-f', 'other.yaml');
    expect(await project.run('init', '-f', 'other.yaml')).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    expect(written('other.yaml')).toBe(before);
  });
});

it('--stdout prints and writes nothing, also where there is a configuration', async () => {
  project.write({ Procfile: 'web: a\n', 'portsup.yaml': 'mine' });
  const { stdout } = await project.ok('init', '--stdout');
  expect(stdout).toContain('command: a');
  expect(written()).toBe('mine');
});

it('--json says what was written as one object', async () => {
  project.write({ Procfile: 'web: a\n' });
  const { stdout } = await project.ok('init', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    file: `${project.folder}/portsup.yaml`,
    config: { name: 'my-shop', services: { web: { command: 'a' } } },
  });
  expect(JSON.parse((await project.ok('init', '--json', '--stdout')).stdout)).toMatchObject({ file: null });
});

it.each([
  [{ 'package.json': '{' }, [], 6, 'package.json: not valid JSON'],
  [{ Procfile: '!\n' }, [], 6, 'Procfile:1: no process'],
  [{}, ['-f', 'portsup.json'], 2, 'init writes YAML'],
  [{}, ['-f', 'none/portsup.yaml'], 1, 'ENOENT'],
] as const)('with %j %j nothing is written', async (files, words, code, message) => {
  project.write(files);
  const result = await project.run('init', ...words);
  expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  expect(result.stderr).toMatch(/\nhint: .+\n$/);
  expect(readdirSync(project.folder)).toEqual(Object.keys(files));
});
