/** What scripts read: the exact fields and types of everything that `--json` prints, and that nothing else is printed there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Project, projectWith, sleepers } from '../helpers/project.js';
import { until } from '../helpers/until.js';

const time = z.iso.datetime();
const count = z.int().gte(0);
const state = ['stopped', 'starting', 'running', 'stopping', 'waiting', 'completed', 'failed'] as const;
const exitFields = {
  code: z.nullable(z.int()),
  signal: z.nullable(z.string()),
  coreDumped: z.boolean(),
  outOfMemory: z.boolean(),
};

const serviceFields = {
  app: z.string(),
  path: z.string(),
  kind: z.literal('service'),
  state: z.enum(state),
  desired: z.enum(['up', 'stopped']),
  ready: z.nullable(z.boolean()),
  pid: z.nullable(z.int().gte(1)),
  run: count,
  restarts: count,
  startedAt: z.nullable(time),
  uptimeMs: z.nullable(count),
  exit: z.nullable(z.strictObject({ ...exitFields, at: time })),
  why: z.nullable(z.string().regex(/^.+$/)),
  logBytes: count,
  cpuPercent: z.nullable(z.number().gte(0)),
  memoryBytes: z.nullable(count),
  processes: z.nullable(count),
  nextCron: z.nullable(z.string()),
  nextAttempt: z.nullable(time),
  waitsFor: z.array(z.string()),
  breaker: z.null(),
};
const supervisorFields = {
  ...serviceFields,
  kind: z.literal('supervisor'),
  state: z.enum(['starting', 'running', 'restarting', 'stopping', 'stopped', 'failed']),
  ready: z.null(),
  pid: z.null(),
  exit: z.null(),
  cpuPercent: z.null(),
  memoryBytes: z.null(),
  processes: z.null(),
  nextCron: z.null(),
  nextAttempt: z.nullable(time),
  waitsFor: z.array(z.string()).max(0),
  breaker: z.enum(['ok', 'blown', 'disabled']),
  strategy: z.enum(['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one']),
  intensity: count,
  periodMs: z.int().gte(1),
  restartsInWindow: count,
};
const service = z.strictObject(serviceFields);
const supervisor = z.strictObject(supervisorFields);
const row = z.discriminatedUnion('kind', [service, supervisor]);
const rows = z.array(row);

const alarm = z.strictObject({
  id: z.string().regex(/^.+$/),
  source: z.enum(['liveness', 'watchdog', 'gave_up', 'restarts', 'memory', 'portsup', 'outside']),
  app: z.nullable(z.string()),
  path: z.nullable(z.string()),
  since: time,
  text: z.string().regex(/^.+$/),
});

const logLine = z.strictObject({
  at: time,
  app: z.string(),
  path: z.string(),
  run: z.int().gte(1),
  stream: z.enum(['out', 'err']),
  text: z.string(),
});
const by = z.enum(['user', 'supervisor', 'probe', 'daemon']);
const runFields = {
  run: z.int().gte(1),
  endedAt: z.nullable(time),
  durationMs: z.nullable(count),
  exit: z.nullable(z.strictObject(exitFields)),
  cause: z.nullable(z.string().regex(/^.+$/)),
  state: z.enum(['running', 'exited', 'stopped', 'killed', 'completed', 'start_failed', 'lost']),
};
const run = z.strictObject({
  ...runFields,
  app: z.string(),
  path: z.string(),
  pid: z.nullable(z.int().gte(1)),
  startedAt: z.nullable(time),
  startedBy: z.nullable(by),
  startCause: z.nullable(z.string().regex(/^.+$/)),
  stoppingAt: z.nullable(time),
  endedBy: z.nullable(by),
  isFailed: z.boolean(),
});
const statusFields = {
  lastExits: z.array(z.strictObject(runFields)),
  spec: z.record(z.string(), z.unknown()),
  pids: z.array(z.int().gte(1)),
  lastLines: z.array(logLine),
  alarms: z.array(alarm),
  budget: z.nullable(z.strictObject({ supervisor: z.string(), left: z.int(), intensity: count, periodMs: z.int().gte(1) })),
  says: z.nullable(z.string()),
  lastAnswer: z.nullable(z.strictObject({ ok: z.boolean(), text: z.string(), at: time })),
};
const status = z.union([z.strictObject({ ...serviceFields, ...statusFields }), z.strictObject({ ...supervisorFields, ...statusFields })]);
const entryFields = {
  at: time,
  app: z.nullable(z.string()),
  path: z.nullable(z.string()),
  event: z.enum([
    'started',
    'ready',
    'exited',
    'restarted',
    'start_failed',
    'stopping',
    'stopped',
    'gave_up',
    'completed',
    'killed',
    'signalled',
    'left_behind',
    'daemon_started',
    'daemon_stopped',
    'adopted',
    'entries_lost',
    'lines_dropped',
    'failed',
    'applied',
    'hook_failed',
    'alarm_set',
    'alarm_cleared',
  ]),
  pid: z.nullable(z.int().gte(1)),
  run: z.nullable(z.int().gte(1)),
  exit: z.nullable(z.strictObject(exitFields)),
  cause: z.nullable(z.string().regex(/^.+$/)),
  by,
};
const entry = z.strictObject(entryFields);
const event = z.strictObject({
  ...entryFields,
  type: z.enum(['progress', 'child_terminated', 'start_error', 'shutdown_error', 'shutdown', 'info']),
  supervisor: z.nullable(z.string()),
});
const daemon = z.strictObject({
  pid: z.int().gte(1),
  keeperPid: z.int().gte(1),
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  startedAt: time,
  home: z.string(),
  socket: z.string(),
  apps: count,
  services: count,
  rssBytes: z.nullable(z.int().gte(1)),
  fds: z.nullable(z.int().gte(1)),
  logBytes: count,
  conditions: z.array(z.strictObject({ id: z.string().regex(/^[a-z]+$/), since: time, text: z.string().regex(/^.+$/) })),
});
const reached = z.array(z.strictObject({ app: z.string(), path: z.string(), pid: z.int().gte(1), consequence: z.nullable(z.string()) }));
const change = z.strictObject({
  path: z.string(),
  action: z.enum(['added', 'changed', 'removed', 'reordered', 'unchanged']),
  fields: z.array(z.string()),
  effect: z.enum(['start', 'stop', 'restart', 'none']),
  restarts: z.boolean(),
  because: z.nullable(z.string()),
});

/** Parses one JSON value with a line's end, checks its shape, and gives it back. */
const shaped = <S extends z.ZodType>(schema: S, stdout: string): z.output<S> => {
  expect(stdout).toMatch(/\n$/);
  return schema.parse(JSON.parse(stdout));
};
/** The same for one value a line. */
const shapedLines = <S extends z.ZodType>(schema: S, stdout: string): readonly z.output<S>[] =>
  stdout === ''
    ? []
    : stdout
        .trimEnd()
        .split('\n')
        .map((line) => schema.parse(JSON.parse(line)));

const CONFIG = `name: shop
env: { TOKEN: secret-value }
services:
  web: { command: "echo to out; echo to err >&2; exec sleep 1000", shell: true }
  backend:
    strategy: rest_for_one
    services:
      db: { command: sleep 1000, call: { http: "http://joe:secret-value@localhost:1/" } }
      off: { command: sleep 1000, autostart: false }
  done: { command: "true", restart: transient }
  pool:
    strategy: simple_one_for_one
    template: { command: sleep, call: { http: "http://joe:secret-value@localhost:1/" } }
`;

describe('with --json', () => {
  let project: Project;
  const json = async (...words: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await project.ok(...words, '--json');
    expect(stderr).toBe('');
    return stdout;
  };

  beforeAll(async () => {
    project = projectWith(CONFIG);
    await project.ok('up');
    await until('web has spoken', async () => (await project.run('logs', 'web')).stdout.split('\n').length === 3);
  });
  afterAll(() => project.dispose());

  it('ps is an array of the services and supervisors in tree order', async () => {
    const found = shaped(rows, await json('ps'));
    expect(found.map(({ path, kind, state: now }) => [path, kind, now])).toEqual([
      ['', 'supervisor', 'running'],
      ['web', 'service', 'running'],
      ['backend', 'supervisor', 'running'],
      ['backend/db', 'service', 'running'],
      ['backend/off', 'service', 'stopped'],
      ['done', 'service', 'completed'],
      ['pool', 'supervisor', 'running'],
    ]);
    expect(new Set(found.map(({ app }) => app))).toEqual(new Set(['shop']));
    expect(found.find(({ path }) => path === 'done')).toMatchObject({ exit: { code: 0, signal: null }, pid: null, run: 1, uptimeMs: null });
    expect(found.find(({ path }) => path === 'web')).toMatchObject({
      processes: 1,
      exit: null,
      why: null,
      desired: 'up',
      run: 1,
      restarts: 0,
    });
  });

  it.each([['ps', 'web', 'backend'], ['ps', '-A'], ['ls'], ['list', '-q']])('%s %s %s is of the same shape', async (...words) => {
    expect(shaped(rows, await json(...words)).length).toBeGreaterThan(1);
  });

  it.each(['web', 'backend/db', 'done', 'backend', 'pool', 'shop:'])(
    'status %s is one row with spec and pids, and no secret',
    async (name) => {
      const stdout = await json('status', name);
      expect(stdout).not.toContain('secret-value');
      const found = shaped(status, stdout);
      if (name === 'web')
        expect(found).toMatchObject({ spec: { env: ['TOKEN'] }, pids: [found.pid], lastLines: [{ text: 'to out' }, { text: 'to err' }] });
      if (name === 'pool') expect(found.spec).toMatchObject({ template: { env: ['TOKEN'] } });
    },
  );

  it('alarms is an array, alarm set and clear say what they did', async () => {
    expect(await json('alarms')).toBe('[]\n');
    const set = z.strictObject({ alarm, isNew: z.boolean() });
    const cleared = z.strictObject({ id: z.string(), wasSet: z.boolean() });
    expect(shaped(set, await json('alarm', 'set', 'queue', 'is', 'full', '-p', 'shop'))).toMatchObject({
      alarm: { id: 'shop:queue', source: 'outside', app: 'shop', path: null, text: 'is full' },
      isNew: true,
    });
    expect(shaped(set, await json('alarm', 'set', 'shop:queue', 'is', 'full'))).toMatchObject({ isNew: false });
    expect(shaped(z.array(alarm), await json('alarms')).map(({ id }) => id)).toEqual(['shop:queue']);
    expect(shaped(status, await json('status', 'shop')).alarms.map(({ id }) => id)).toEqual(['shop:queue']);
    expect(shaped(status, await json('status', 'web')).alarms).toEqual([]);
    expect(shaped(cleared, await json('alarm', 'clear', 'shop:queue'))).toEqual({ id: 'shop:queue', wasSet: true });
    expect(shaped(cleared, await json('alarm', 'clear', 'shop:queue'))).toEqual({ id: 'shop:queue', wasSet: false });
  });

  it('tree is rows with their children', async () => {
    const tree = z.array(z.strictObject({ ...supervisorFields, children: z.array(z.unknown()) }));
    const [root] = shaped(tree, await json('tree'));
    expect(root?.children.map((child) => (child as { readonly path: string }).path)).toEqual(['web', 'backend', 'done', 'pool']);
    row.parse(root?.children[0]);
  });

  it('history is an array of entries, newest last', async () => {
    const found = shaped(z.array(entry), await json('history'));
    expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).sort());
    expect(shaped(z.array(entry), await json('history', 'done', '-n', '1'))).toMatchObject([{ event: 'completed', by: 'supervisor' }]);
  });

  it('history --runs is an array of runs, those that run last; history --run is one with its entries and lines', async () => {
    const found = shaped(z.array(run), await json('history', '--runs'));
    expect(found.map(({ path, state: how }) => [path, how])).toEqual([
      ['done', 'completed'],
      ['web', 'running'],
      ['backend/db', 'running'],
    ]);
    const whole = z.strictObject({ run, entries: z.array(entry), lastLines: z.array(logLine) });
    expect(shaped(whole, await json('history', 'web', '--run', '1'))).toMatchObject({
      run: { path: 'web', run: 1, state: 'running' },
      entries: [{ event: 'started' }],
      lastLines: [{ text: 'to out' }, { text: 'to err' }],
    });
  });

  it('logs is one line a line', async () => {
    const found = shapedLines(logLine, await json('logs'));
    expect(found.map(({ path, stream, text }) => [path, stream, text])).toEqual([
      ['web', 'out', 'to out'],
      ['web', 'err', 'to err'],
    ]);
    expect(await json('logs', 'backend/db')).toBe('');
  });

  it('daemon status is one object', async () => {
    const found = shaped(daemon, await json('daemon', 'status'));
    expect(found).toMatchObject({ apps: 1, home: project.home.home, services: 4 });
  });

  it('up, start, stop and restart print the rows of what they were about', async () => {
    expect(shaped(rows, await json('up')).length).toBe(7);
    expect(shaped(rows, await json('stop', 'backend'))).toMatchObject([
      { path: 'backend', state: 'stopped', desired: 'stopped' },
      { path: 'backend/db' },
      { path: 'backend/off' },
    ]);
    expect(shaped(rows, await json('start', 'backend'))[0]).toMatchObject({ path: 'backend', state: 'running' });
    expect(shaped(rows, await json('restart', 'web'))).toMatchObject([{ path: 'web', state: 'running' }]);
    expect(shaped(rows, (await project.ok('start', 'pool', '--json', '--', '1000')).stdout)).toMatchObject([{ path: 'pool/1' }]);
    // Of an instance that is stopped nothing stays listed.
    expect(shaped(rows, await json('stop', 'pool/1'))).toEqual([]);
  });

  it('up --dry-run is an array of changes', async () => {
    const found = shaped(z.array(change), await json('up', '--dry-run'));
    expect(new Set(found.map(({ action }) => action))).toEqual(new Set(['unchanged']));
  });

  it('kill, signal and send say whom they reached', async () => {
    const [killed] = shaped(reached, await json('kill', 'web'));
    expect(killed).toMatchObject({ app: 'shop', path: 'web', consequence: expect.stringContaining('starts it again') });
    await until('web is back', async () => (await project.service('web')).state === 'running');
    expect(shaped(reached, await json('signal', 'CONT', 'web'))).toMatchObject([{ path: 'web', consequence: null }]);
    expect(shaped(reached, await json('send', 'web', 'hello'))).toMatchObject([{ path: 'web', consequence: null }]);
  });

  it('whereis and explain are one object, wait is an array', async () => {
    const place = { app: z.literal('shop'), path: z.string() };
    const where = z.strictObject({ ...place, pid: z.nullable(z.int().gte(1)), run: count });
    expect(shaped(where, await json('whereis', 'backend/db'))).toEqual({
      app: 'shop',
      path: 'backend/db',
      pid: (await project.service('backend/db')).pid,
      run: (await project.service('backend/db')).run,
    });
    const outcome = z.strictObject({
      app: z.nullable(z.string()),
      path: z.string(),
      run: z.nullable(z.int().gte(1)),
      exit: z.nullable(z.strictObject(exitFields)),
      code: z.nullable(count),
    });
    expect(shaped(z.array(outcome), await json('wait', 'web', 'backend')).map(({ path }) => path)).toEqual(['web', 'backend']);
    expect(shaped(z.array(outcome), await json('wait', 'nobody', '--for', 'gone'))).toMatchObject([{ app: null, path: 'nobody' }]);
    expect(shaped(z.array(outcome), await json('wait', 'done', '--for', 'exit'))).toMatchObject([{ path: 'done', code: 0 }]);
    const giving = z.array(z.strictObject({ path: z.string(), cause: z.string() }));
    const explanation = z.strictObject({
      ...place,
      kind: z.enum(['service', 'supervisor']),
      state: z.string(),
      of: z.enum(['death', 'giving_up', 'start']),
      steps: z.array(
        z.strictObject({ verb: z.enum(['stop', 'start']), path: z.string(), afterMs: z.number().gte(0), number: z.int().gte(1) }),
      ),
      budgets: z.array(z.strictObject({ path: z.string(), left: count, intensity: count, periodMs: z.number().gt(0) })),
      gaveUp: giving,
      final: z.array(z.strictObject({ path: z.string(), before: z.string(), after: z.string() })),
      escalation: z.nullable(z.strictObject({ deaths: z.int().gte(1), gaveUp: giving })),
    });
    for (const [name, of] of [
      ['web', 'death'],
      ['backend', 'giving_up'],
      ['done', 'start'],
      ['shop:', 'giving_up'],
    ] as const)
      expect(shaped(explanation, await json('explain', name))).toMatchObject({ of });
    expect(shaped(rows, await json('breaker', 'reset', 'backend'))).toMatchObject([{ path: 'backend', breaker: 'ok' }, {}, {}]);
  });

  it('check is one object', async () => {
    const answer = z.strictObject({
      ok: z.literal(true),
      app: z.string(),
      file: z.string(),
      services: count,
      problems: z.array(z.never()),
    });
    expect(shaped(answer, await json('check'))).toMatchObject({ app: 'shop', file: `${project.folder}/portsup.yaml` });
  });

  it('ps -w prints an array a line', async () => {
    const watching = project.start('ps', '-w', '100ms', '--json');
    const [first, second] = [await watching.nextLine(), await watching.nextLine()];
    watching.kill('SIGINT');
    expect(shapedLines(rows, (await watching.ended).stdout).length).toBeGreaterThan(1);
    expect(shapedLines(rows, `${first}\n${second}`)[1]?.length).toBe(7);
  });

  it('logs -f prints the last lines, then new ones as they come', async () => {
    const following = project.start('logs', '-f', '-n', '1', '--json', 'web');
    const last = logLine.parse(JSON.parse((await following.nextLine()) ?? ''));
    await project.ok('restart', 'web');
    const next = logLine.parse(JSON.parse((await following.nextLine()) ?? ''));
    following.kill('SIGINT');
    expect({ run: next.run, text: last.text }).toEqual({ run: last.run + 1, text: 'to err' });
    expect(await following.ended).toMatchObject({ stderr: '', code: 0 });
  });

  it('events prints an event a line', async () => {
    const listening = project.start('events', '--json');
    const first = await actUntil(listening.nextLine(), async () => {
      await project.ok('stop', 'backend/db');
      await project.ok('start', 'backend/db');
    });
    expect(event.parse(JSON.parse(first ?? ''))).toMatchObject({ app: 'shop', path: 'backend/db', supervisor: 'backend' });
    listening.kill('SIGINT');
    const { stdout, stderr, code } = await listening.ended;
    expect({ stderr, code, isSome: shapedLines(event, stdout).length > 0 }).toEqual({ stderr: '', code: 0, isSome: true });
  });
});

/** Does something again and again until a promise has settled: who subscribes does not say since when. */
async function actUntil<T>(awaited: Promise<T>, act: () => Promise<void>): Promise<T> {
  const acting = new AbortController();
  const settled = awaited.finally(() => {
    acting.abort();
  });
  while (!acting.signal.aborted) await act();
  return settled;
}

describe('standard output holds nothing but JSON', () => {
  let project: Project;

  afterEach(() => project.dispose());

  it('from a cold start to the end of the daemon', async () => {
    project = projectWith(sleepers('web'));
    expect(shaped(rows, (await project.ok('up', '--json')).stdout)).toMatchObject([{ path: '' }, { path: 'web', state: 'running' }]);
    expect(shaped(rows, (await project.ok('down', '--json')).stdout)).toMatchObject([{ path: '' }, { path: 'web' }]);
    for (const words of [['down'], ['ps'], ['ps', '-A'], ['ps', 'web'], ['daemon', 'stop']])
      expect((await project.run(...words, '--json')).stdout).toBe('[]\n');
    expect(shaped(z.array(change), (await project.ok('up', '--dry-run', '--json')).stdout)).toEqual([
      { path: 'web', action: 'added', fields: [], effect: 'start', restarts: false, because: null },
    ]);
    await project.ok('up');
    expect(shaped(rows, (await project.ok('daemon', 'stop', '--json')).stdout).length).toBe(2);
    expect(shapedLines(z.strictObject({ text: z.string() }), (await project.ok('daemon', 'logs', '--json')).stdout)).toEqual([]);
  });

  it('when a command fails: rows where there are some, else nothing; the reason goes to standard error', async () => {
    project = projectWith('services:\n  bad: { command: "echo why; exit 1", shell: true }\n');
    const failed = await project.run('up', '--json');
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: bad failed to start.*\n(.*\n)* {2}bad \| why$/m) });
    expect(shaped(rows, failed.stdout)).toMatchObject([{ state: 'failed' }, { state: 'failed' }]);
    for (const words of [
      ['stop', 'nobody'],
      ['kill', 'bad'],
      ['ps', 'nobody'],
      ['status', 'nobody'],
      ['logs', 'nobody'],
      ['ps', '--nope'],
      ['up', '-f', 'none'],
    ])
      expect(await project.run(...words, '--json')).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^error: .*\nhint: .*\n$/) });
  });
});
