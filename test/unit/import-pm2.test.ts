import { describe, expect, it } from 'vitest';
import type { ImportSource } from '../../src/config/import/import-source.js';
import type { ImportedNode } from '../../src/config/import/imported.js';
import { convertPm2 } from '../../src/config/import/pm2.js';
import { someFacts, troublesOf } from '../helpers/import.js';

/** The first service or supervisor that an app becomes. */
function made(app: Readonly<Record<string, unknown>>, facts: Partial<ImportSource> = {}): ImportedNode {
  const imported = convertPm2({ apps: [app] }, someFacts(facts));
  expect(troublesOf(imported)).toEqual([]);
  const [child] = imported.children;
  if (child === undefined) throw new Error('nothing was made');
  return child;
}

/** The notes of a node and all below it, as "field: text". */
const said = (node: ImportedNode): readonly string[] => [
  ...node.notes.map(({ field, text }) => `${field}: ${text}`),
  ...(node.children ?? []).flatMap(said),
];

describe('the command of a PM2 app', () => {
  it.each([
    [{ script: 'app.js' }, 'node app.js'],
    [{ script: 'app.mjs', args: '-a "b c"' }, ['node', 'app.mjs', '-a', 'b c']],
    [
      { script: 'app.js', args: ['--port', 3000], node_args: '--inspect=9229 -r dotenv/config' },
      'node --inspect=9229 -r dotenv/config app.js --port 3000',
    ],
    [{ script: 'run.sh' }, 'bash run.sh'],
    [{ script: 'job.php' }, 'php job.php'],
    [{ script: 'x.py', interpreter: './venv/bin/python' }, './venv/bin/python x.py'],
    [{ script: 'bin/server', interpreter: 'none', args: 'serve' }, 'bin/server serve'],
    [{ script: 'npm', args: 'start' }, 'npm start'],
    [{ script: 'npm run start -- --port 1' }, 'npm run start -- --port 1'],
    [{ script: 'cd api && node x' }, ['bash', '-c', 'cd api && node x']],
    [{ script: 'app.js', source_map_support: true }, 'node --enable-source-maps app.js'],
    [{ cmd: 'app.js', exec_interpreter: 'bun' }, 'bun app.js'],
  ])('%j is %j', (app, command) => {
    expect(made(app).fields['command']).toEqual(command);
  });

  it.each([
    ['binary', './server'],
    ['text', 'node server'],
    ['missing', 'server'],
  ] as const)('of a script without extension that is %s is %s', (kind, command) => {
    const asked: string[] = [];
    const kindOf = (path: string): typeof kind => {
      asked.push(path);
      return kind;
    };
    expect(made({ script: 'server', cwd: 'api' }, { kindOf }).fields['command']).toBe(command);
    expect(asked).toEqual(['api/server']);
  });

  it('of python prints without a delay, as PM2 has it', () => {
    expect(made({ script: 'x.py', env: { A: 1 } }).fields).toMatchObject({ command: 'python3 x.py', env: { PYTHONUNBUFFERED: '1', A: 1 } });
  });

  it('keeps dollars as they are', () => {
    expect(made({ script: 'a.js', args: ['${HOME}', '$$', '$X'], env: { P: '$${a}$' } }).fields).toMatchObject({
      command: ['node', 'a.js', '$${HOME}', '$$$$', '$X'],
      env: { P: '$$$${a}$' },
    });
  });
});

describe('the life of a PM2 app', () => {
  it.each([
    [{ autorestart: false }, { restart: 'temporary' }],
    [{ stop_exit_codes: [0, 7] }, { restart: 'transient', success_exit_codes: [7] }],
    [
      { stop_exit_codes: [7], autorestart: false },
      { restart: 'temporary', success_exit_codes: [7] },
    ],
    [{ kill_timeout: 1600 }, { shutdown: '1600ms' }],
    [{ kill_timeout: '120000' }, { shutdown: '2m' }],
    [{ cron_restart: '0 3 * * *' }, { cron: '0 3 * * *' }],
    [{ max_memory_restart: '1G' }, { max_memory: '1gb' }],
    [{ max_memory_restart: 1048576 }, { max_memory: 1048576 }],
    [
      { uid: 'www', gid: 33 },
      { user: 'www', group: 33 },
    ],
    [{ watch: true, cwd: 'api' }, { watch: ['api'] }],
    [{ watch: ['lib'], ignore_watch: 'tmp' }, { watch: { paths: ['lib'], ignore: ['tmp'] } }],
    [{ watch: true, ignore_watch: ['tmp', /x/] }, { watch: { paths: ['.'], ignore: ['tmp'] } }],
    [{ out_file: 'out.log', cwd: 'api' }, { logs: { file: 'api/out.log' } }],
    [{ out_file: '/dev/null', error_file: 'NULL' }, { logs: 'none' }],
    [{ log_file: '/l/all.log', out_file: '/l/out.log' }, { logs: { file: '/l/all.log' } }],
    [{ env: 'x.env' }, { env_file: 'x.env' }],
    [{ filter_env: true }, { inherit_env: false }],
    [{ restartDelay: 10 }, {}],
  ])('%j becomes %j', (app, fields) => {
    expect(made({ script: 'a.js', ...app }).fields).toMatchObject({ stop_signal: 'SIGINT', ...fields });
  });

  it('with a limit of restarts has a supervisor with this budget, which does not bring down the others', () => {
    const node = made({ name: 'api', script: 'a.js', max_restarts: 10, min_uptime: '5s' });
    expect(node).toMatchObject({ name: 'api', fields: { restart: 'temporary', intensity: 9, period: '45s' }, children: [{ name: 'api' }] });
    expect(made({ script: 'a.js', max_restarts: 0 }).fields).toMatchObject({ intensity: 0, period: '1s' });
  });

  it.each([
    [{ restart_delay: 1_500 }, { min: '1500ms', max: '1500ms', factor: 1, jitter: 0 }],
    [{ exp_backoff_restart_delay: 100 }, { min: '100ms', max: '15s', factor: 1.5, jitter: 0, reset_after: '30s' }],
    [
      { restart_delay: 5, exp_backoff_restart_delay: 60_000 },
      { min: '1m', max: '1m', factor: 1.5, jitter: 0, reset_after: '30s' },
    ],
    [{ restart_delay: 0 }, undefined],
    [{ exp_backoff_restart_delay: 0 }, undefined],
  ])('waits between restarts as it did: %j', (app, backoff) => {
    expect(made({ script: 'a.js', ...app }).fields['backoff']).toEqual(backoff);
  });

  it('tells what to do about messages that have nobody to go to', () => {
    const node = made({ script: 'a.js', wait_ready: true, listen_timeout: 1 });
    expect(said(node).some((line) => line.includes('say how else it is seen, as ready: { http: URL }'))).toBe(true);
    expect(said(node).some((line) => line.includes('goes with wait_ready'))).toBe(true);
  });
});

describe('instances', () => {
  it('are services with their number, and what they have in common stands above them', () => {
    const node = made({
      name: 'web',
      script: 'w.js',
      instances: 2,
      cwd: '/srv',
      increment_var: 'PORT',
      env: { PORT: 3000, A: 'x' },
      out_file: '/l/web.log',
    });
    expect(node).toMatchObject({ name: 'web', fields: { restart: 'temporary', cwd: '/srv', env: { A: 'x' } } });
    expect(node.children?.map(({ name, fields }) => [name, fields['env'], fields['logs']])).toEqual([
      ['web-1', { PORT: 3000, NODE_APP_INSTANCE: 0 }, { file: '/l/web-0.log' }],
      ['web-2', { PORT: 3001, NODE_APP_INSTANCE: 1 }, { file: '/l/web-1.log' }],
    ]);
  });

  it.each([
    ['max', 4],
    [0, 4],
    [-1, 3],
    [-9, 1],
    ['3', 3],
    [1, 1],
    ['many', 1],
  ])('%j are %i on four processors', (instances, total) => {
    const node = made({ script: 'w.js', instances });
    expect(node.children?.length ?? 1).toBe(total);
    expect(said(node).filter((line) => line.startsWith('instances: '))).toHaveLength(1);
  });
});

describe('variables of another environment', () => {
  const app = { script: 'a.js', env_production: { NODE_ENV: 'production', B: 1 }, env: { NODE_ENV: 'development' } };

  it('stand in a comment that says how to get them', () => {
    const node = made(app);
    expect(node.fields['env']).toEqual({ NODE_ENV: 'development' });
    expect(said(node)).toEqual([
      'env_production: variables for another environment; "portsup import --env production" puts these over env',
    ]);
  });

  it('go over env when they are asked for, wherever they stand', () => {
    expect(made(app, { environment: 'production' }).fields['env']).toEqual({ NODE_ENV: 'production', B: 1 });
  });
});

it('an environment that no app knows is named', () => {
  expect(convertPm2({ apps: [{ script: 'a.js', env_production: {} }] }, someFacts({ environment: 'prod' })).notes).toContainEqual({
    field: '--env',
    was: 'prod',
    text: 'no app has env_prod, so only env counts',
  });
});

describe('a PM2 file', () => {
  it.each([
    ['a list of apps', [{ script: 'a.js' }]],
    ['a single app', { script: 'a.js' }],
    ['a mapping under apps', { apps: { script: 'a.js' } }],
    ['a list under pm2', { pm2: [{ script: 'a.js' }] }],
  ])('may be %s', (_what, value) => {
    expect(convertPm2(value, someFacts()).children.map(({ name }) => name)).toEqual(['a']);
  });

  it.each([
    [7, 'source: found no mapping'],
    [{ apps: [] }, 'source: the list of apps is empty'],
    [{ apps: [{ name: 'x' }] }, 'source: apps[0] has no script'],
    [{ apps: ['x'] }, 'source: apps[0] is no mapping'],
    [{}, 'source: no apps'],
  ])('%j is refused', (value, message) => {
    expect(() => convertPm2(value, someFacts())).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message), hint: expect.stringContaining('apps') }),
    );
  });

  it('gives each app a name of its own that is one', () => {
    const names = ['api', 'api', 'my app!', '2fa', '', 'x'.repeat(80)];
    const { children } = convertPm2({ apps: names.map((name) => ({ name, script: 'server.js' })) }, someFacts());
    expect(children.map(({ name }) => name)).toEqual(['api', 'api-2', 'my-app', 'service-2fa', 'server', 'x'.repeat(64)]);
  });
});
