/** `import`: files of other process managers, turned into configurations that are then run. */
import { copyFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTroubles } from '../helpers/import.js';
import { type Project, projectWith } from '../helpers/project.js';
import { until } from '../helpers/until.js';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

let project: Project;

beforeEach(() => {
  project = projectWith('');
  rmSync(`${project.folder}/portsup.yaml`);
});

afterEach(() => project.dispose());

/** Imports a file of the project as its portsup.yaml, which must pass a check. */
async function importAs(...words: readonly string[]): Promise<string> {
  const { stdout } = await project.ok('import', ...words);
  project.write({ 'portsup.yaml': stdout });
  await project.ok('check');
  return stdout;
}

const logsOf = async (name: string): Promise<string> => (await project.ok('logs', name, '--no-prefix')).stdout;
const logged = (name: string, text: string): Promise<boolean> =>
  until(`"${text}" of ${name}`, async () => (await logsOf(name)).includes(text));

/** Says who it is, and how it was asked to end. */
const PROGRAM = `
process.on('SIGINT', () => {
  require('node:fs').writeFileSync('ended-' + process.env.PORTSUP_SERVICE.split('/').pop(), 'SIGINT');
  process.exit(0);
});
console.log('up', process.argv.slice(2).join(','), process.env.NODE_APP_INSTANCE, process.env.WHO);
setInterval(() => {}, 1000);
`;

describe('a PM2 file', () => {
  beforeEach(() => {
    project.write({
      'api/server.js': PROGRAM,
      'worker.sh': 'trap "exit 0" INT\\necho "worker $1 for $WHO"\\nwhile :; do sleep 0.1; done\\n'.replaceAll('\\n', '\n'),
      'ecosystem.config.js': `console.log('this is printed by the file');
        module.exports = { apps: [
          { name: 'api', script: 'server.js', cwd: 'api', args: '--port 1', instances: 2, env: { WHO: 'a' }, env_production: { WHO: 'production' }, max_restarts: 2, min_uptime: '1h' },
          { name: 'mail worker', script: './worker.sh', args: ['mail'], env: { WHO: 'b' } },
        ] };`,
    });
  });

  it('runs: each program by its interpreter, with its arguments, environment and number, ended as PM2 ends it', async () => {
    await importAs('ecosystem.config.js', '--env', 'production');
    await project.ok('up');
    await logged('api-1', 'up --port,1 0 production');
    await logged('api-2', 'up --port,1 1 production');
    await logged('mail-worker', 'worker mail for b');
    await project.ok('down');
    for (const name of ['api-1', 'api-2']) expect(readFileSync(`${project.folder}/api/ended-${name}`, 'utf8')).toBe('SIGINT');
    expect(project.running()).toEqual([]);
  });

  it('that limits the restarts of a program has it given up alone', async () => {
    await importAs('ecosystem.config.js');
    await project.ok('up');
    await logged('api-1', 'up');
    await logged('mail-worker', 'worker');
    const worker = (await project.service('mail-worker')).pid;
    // Of two instances with a limit of 2 the third restart within the period is one too many.
    await project.ok('kill', 'api-1');
    await until('api-1 is back', async () => (await project.service('api/api-1')).restarts === 1);
    await project.ok('kill', 'api-2');
    await until('api-2 is back', async () => (await project.service('api/api-2')).restarts === 1);
    await project.ok('kill', 'api-1');
    await until('api is given up', async () => (await project.rows()).find(({ path }) => path === 'api')?.state === 'failed');
    const row = await project.service('mail-worker');
    expect([row.state, row.pid]).toEqual(['running', worker]);
  });

  it('is answered with JSON and nothing else, also when it prints by itself', async () => {
    const { stdout, stderr } = await project.ok('import', 'ecosystem.config.js', '--json');
    const answer = JSON.parse(stdout) as { readonly config: object; readonly notes: readonly object[] };
    expect(answer.config).toMatchObject({
      services: { api: { services: { 'api-1': { command: 'node server.js --port 1' } } }, 'mail-worker': {} },
    });
    expect(answer.notes).toContainEqual({
      path: 'services.mail-worker',
      field: 'name',
      was: 'mail worker',
      text: expect.stringContaining('called mail-worker'),
    });
    expect(stderr).toBe('this is printed by the file\n');
  });

  it('has its secrets in the configuration only, never in what is said about it', async () => {
    project.write({
      'secret.json': '{ "apps": [{ "script": "a.js", "env": { "KEY": "hunter2", "BAD": null }, "env_x": { "KEY": "hunter3" } }] }',
    });
    const { stdout, stderr } = await project.ok('import', 'secret.json');
    expect(stdout).toContain('KEY: hunter2');
    expect(stderr).toMatch(/^note: comments tell of \d+ fields? /);
    expect(stderr).not.toContain('hunter');
  });
});

it('a Procfile runs: shell lines by a shell, others without, each with its port', async () => {
  project.write({
    Procfile: '# what people see\nweb: echo "web on $PORT"; exec sleep 1000\nworker: WHO=me node worker.js\nrelease: touch released\n',
    'worker.js': PROGRAM,
  });
  await importAs('Procfile');
  await project.ok('up');
  await logged('web', 'web on 5000');
  await logged('worker', 'up  undefined me');
  const { pid } = await project.service('web');
  expect(project.running().toSorted()).toEqual(['node', 'portsup-keeper', 'portsupd', 'sleep'].toSorted());
  expect(pid).toBeGreaterThan(0);
  expect((await project.service('release')).state).toBe('completed');
});

describe('every fixture makes a configuration that loads:', () => {
  it.each([
    ['import-pm2', 'ecosystem.config.js'],
    ['import-pm2', 'ecosystem.json'],
    ['import-pm2', 'process.yaml'],
    ['import-supervisord', 'supervisord.conf'],
    ['import-process-compose', 'process-compose.yaml'],
    ['import-procfile', 'Procfile'],
  ])('%s/%s', async (folder, file) => {
    cpSync(`${fixtures}/${folder}`, project.folder, { recursive: true });
    const { stdout } = await project.ok('import', file);
    expect(await loadTroubles(stdout, { '.env.sync': '', 'api.env': '', 'services/api/api.env': '' })).toEqual([]);
  });

  it('supervisord, with the files that it includes', async () => {
    cpSync(`${fixtures}/import-supervisord`, project.folder, { recursive: true });
    const { stdout } = await project.ok('import', 'supervisord.conf');
    expect(stdout).toContain('command: /usr/sbin/mail --queue mail --verbose');
    expect(stdout).toContain('[include] files: conf.d/*.conf -- read, too: conf.d/mail.conf');
    expect(stdout).not.toContain('topsecret');
  });
});

describe('what cannot be imported is one error with its place and a remedy:', () => {
  it.each([
    [{}, ['none.yaml'], 6, 'error: cannot read none.yaml: no such file'],
    [{ 'a.conf': '[program:a]\ncommand=a\nnonsense\n' }, ['a.conf'], 6, 'error: a.conf:3: found neither [section] nor key=value'],
    [{ 'a.yaml': 'apps:\n  - { script: a\n' }, ['a.yaml', '--from', 'pm2'], 6, 'error: a.yaml:3:1: '],
    [{ 'a.yaml': 'services: {}\n' }, ['a.yaml'], 6, 'error: a.yaml: neither '],
    [{ 'a.config.js': '\n\nthrow new TypeError("boom");\n' }, ['a.config.js'], 6, 'error: a.config.js:3:1: it failed: TypeError: boom'],
    [{ 'a.config.js': 'process.exit(0);\n' }, ['a.config.js'], 6, 'error: a.config.js:1:'],
    [{ 'a.config.js': '\n' }, ['a.config.js'], 6, 'error: a.config.js: no apps'],
    [{ Procfile: 'web: a\n!\n' }, ['Procfile'], 6, 'error: Procfile:2: no process'],
    [{ 'a.yaml': 'apps: []' }, ['a.yaml', '--from', 'pm3'], 2, 'error: --from: "pm3" cannot be imported'],
    [{ Procfile: 'web: a\n' }, ['Procfile', '--env', 'x'], 2, 'error: --env is for files of PM2'],
    [{ 'a/b': '' }, ['a'], 6, 'error: cannot read a: it is a folder'],
  ] as const)('%j %j', async (files, words, code, message) => {
    project.write(files);
    const result = await project.run('import', ...words);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr.split('\n')[0]).toContain(message);
    expect(result.stderr).toMatch(/\nhint: .+\n$/);
  });

  it('bytes that are no text', async () => {
    copyFileSync(process.execPath, `${project.folder}/Procfile`);
    expect(await project.run('import', 'Procfile')).toMatchObject({ code: 6, stderr: expect.stringContaining('no UTF-8') });
  });
});
