/** Alarms with real programs, daemons that are killed, and a webhook that is not always there. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlarmRow, EventLine } from '../../src/control/contract.js';
import { type Config, fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { isAlive, killTogether, killWith, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { WebhookServer } from '../helpers/webhook-server.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const alarms = async (...args: readonly string[]): Promise<readonly AlarmRow[]> =>
  JSON.parse((await app.do('alarms', '--json', ...args)).stdout) as readonly AlarmRow[];
const idsOf = async (...args: readonly string[]): Promise<readonly string[]> => (await alarms(...args)).map(({ id }) => id);

const journal = (): readonly EventLine[] =>
  readFileSync(app.home.path('journal.ndjson'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EventLine);

/** What the journal tells of alarms, as "event cause". */
const told = (): readonly string[] => journal().flatMap(({ event, cause }) => (event.startsWith('alarm_') ? [`${event} ${cause}`] : []));

async function killDaemon(): Promise<void> {
  const { pid } = await app.daemon();
  process.kill(pid, 'SIGKILL');
  await until('the daemon is gone', () => !isAlive(pid));
}

async function killBoth(): Promise<void> {
  const { pid, keeperPid } = await app.daemon();
  await killTogether(keeperPid, pid);
}

/** Says what it reads. */
const teller = sh('cat >> told');
const toldTo = (other: LiveApp): readonly string[] =>
  other
    .read('told')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { event, cause } = JSON.parse(line) as EventLine;
      return `${event} ${cause}`;
    });

/** Beside the other, in the same home. */
const neighbour = (name: string, config: Config): LiveApp => {
  const other = new LiveApp({ home: app.home, folder: app.home.path(name) });
  other.configure({ name, ...config });
  return other;
};

describe('an alarm of another program', () => {
  it('is set, told otherwise and cleared; ps and status tell of it; nothing of that is an error twice', async () => {
    await app.up({ name: 'shop', services: { a: { command: idle } } });
    expect(await app.do('alarms')).toMatchObject({ stdout: 'no alarms\n', stderr: '' });
    expect((await app.do('ps')).stderr).toBe('');

    expect((await app.do('alarm', 'set', 'backup', 'none', 'since', 'Monday')).stdout).toBe('backup: set\n');
    expect((await app.do('alarm', 'set', 'backup', 'none  since\nTuesday')).stdout).toMatch(/^backup: was set already/);
    expect((await app.do('alarm', 'set', 'queue', 'full', '-p', 'shop')).stdout).toBe('shop:queue: set\n');
    expect((await app.do('alarms')).stdout).toMatch(
      /^ID +SINCE +TEXT\nbackup +\d\d:\d\d:\d\d +none since Tuesday\nshop:queue +\d\d:\d\d:\d\d +full\n$/,
    );

    const table = await app.do('ps');
    expect(table.stdout).toMatch(/^NAME +STATE/);
    expect(table.stderr).toBe('alarm: backup: none since Tuesday\nalarm: shop:queue: full\n');
    for (const words of [
      ['ps', '--json'],
      ['ps', '-q'],
      ['ps', 'a'],
    ])
      expect((await app.do(...words)).stderr).toBe('');
    expect((await app.do('status', 'shop')).stdout).toMatch(/\n\nalarms:\n {2}[-\d]+ [.:\d]+ shop:queue: full\n/);

    expect((await app.do('alarm', 'clear', 'queue', '-p', 'shop')).stdout).toBe('shop:queue: cleared\n');
    expect(await app.do('alarm', 'clear', 'shop:queue')).toMatchObject({ stdout: '', stderr: 'note: shop:queue was not set\n' });
    await app.do('alarm', 'clear', 'backup');
    expect(told()).toEqual([
      'alarm_set backup: none since Monday',
      'alarm_set shop:queue: full',
      'alarm_cleared shop:queue: over: full',
      'alarm_cleared backup: over: none since Tuesday',
    ]);
  });

  it('begins once, however many set it at once', async () => {
    await app.up({ services: { a: { command: idle } } });
    const said = await Promise.all(Array.from({ length: 8 }, (_, number) => app.do('alarm', 'set', 'backup', String(number))));
    expect(said.filter(({ stdout }) => stdout === 'backup: set\n')).toHaveLength(1);
    const cleared = await Promise.all(Array.from({ length: 8 }, () => app.do('alarm', 'clear', 'backup')));
    expect(cleared.filter(({ stdout }) => stdout !== '')).toHaveLength(1);
    expect(told().map((line) => line.split(' ')[0])).toEqual(['alarm_set', 'alarm_cleared']);
  });

  it('is refused with a hint where it cannot be', async () => {
    await app.up({ name: 'shop', services: { a: { command: idle } } });
    for (const [words, code, error] of [
      [['set', 'liveness shop:a', 'x'], 2, 'error: "liveness shop:a" is an alarm of portsup itself'],
      [['clear', 'journal'], 2, 'error: "journal" is an alarm of portsup itself'],
      [['set', 'two words', 'x'], 2, 'error: "two words" is no id for an alarm: a letter or digit, then'],
      [['set', 'x'.repeat(129), 'x'], 2, `error: "${'x'.repeat(129)}" is no id for an alarm: it is longer than 128`],
      [['set', 'x', '   '], 2, 'error: an alarm needs a text'],
      [['set', 'x', 'x'.repeat(1_001)], 2, 'error: the text has 1001 characters'],
      [['set', 'x', 'y', '-p', 'nobody'], 5, 'error: no application "nobody" is up'],
    ] as const) {
      const result = await app.run('alarm', ...words);
      expect([result.code, result.stderr.startsWith(error), /\nhint: ./.test(result.stderr)]).toEqual([code, true, true]);
    }
    expect(await alarms()).toEqual([]);
    await app.do('down');
    expect(await app.run('alarm', 'set', 'x', 'y')).toMatchObject({ code: 7 });
    expect(await app.run('alarms')).toMatchObject({ code: 7 });
  });

  it('of another application is hinted at where there is none here', async () => {
    const other = neighbour('blog', { services: { a: { command: idle } } });
    await app.up({ name: 'shop', services: { a: { command: idle } } });
    await other.do('up');
    await app.do('alarm', 'set', 'queue', 'full', '-p', 'blog');
    expect(await app.do('alarms')).toMatchObject({ stdout: 'no alarms\n', stderr: '1 of other applications: "portsup alarms -A"\n' });
    expect(await other.do('alarms')).toMatchObject({ stderr: '' });
  });

  it('of an application goes with it; of none it is seen by all, and goes when portsup ends', async () => {
    const other = neighbour('blog', { services: { a: { command: idle } } });
    await app.up({ name: 'shop', services: { a: { command: idle } } });
    await other.do('up');
    await app.do('alarm', 'set', 'backup', 'none');
    await app.do('alarm', 'set', 'queue', 'full', '-p', 'blog');
    expect([await idsOf(), await idsOf('-p', 'blog'), await idsOf('-A')]).toEqual([
      ['backup'],
      ['backup', 'blog:queue'],
      ['backup', 'blog:queue'],
    ]);
    await other.do('down');
    expect(await idsOf('-A')).toEqual(['backup']);
    await app.do('down');
    await app.do('up');
    expect(await idsOf('-A')).toEqual([]);
    expect(told()).toEqual([
      'alarm_set backup: none',
      'alarm_set blog:queue: full',
      'alarm_cleared blog:queue: over: full; blog is down',
      'alarm_cleared backup: over: none; portsup ends',
    ]);
  });
});

describe('alarms of services', () => {
  it('are about restarts, memory and supervisors that gave up, and over when their application is down', async () => {
    const hungry = sh(
      '[ $PORTSUP_RUN -gt 1 ] && exec sleep 1000; exec node -e "const all = Array.from({ length: 20 }, () => Buffer.alloc(1e7, 1)); setInterval(() => all, 1e6)"',
    );
    await app.up({
      name: 'shop',
      intensity: 100,
      services: {
        a: { command: idle, alarm: { restarts: 2, within: '1h' } },
        hungry: { command: hungry, max_memory: '100mb' },
        sub: { intensity: 0, restart: 'temporary', services: { b: { command: idle } } },
      },
    });
    await app.do('kill', 'a');
    await app.untilRun('a', 2);
    expect(await idsOf()).not.toContain('restarts shop:a');
    await app.do('kill', 'a');
    await app.untilRun('a', 3);
    await app.do('kill', 'b');
    await until('all three are set', async () => (await idsOf()).length === 3, 30_000);
    expect((await alarms()).map(({ id, path, text }) => `${id} (${path}): ${text}`).toSorted()).toEqual([
      expect.stringMatching(/^gave_up shop:sub \(sub\): gave up \(reached_max_restart_intensity\): .* last sub\/b: signal SIGKILL$/),
      expect.stringMatching(/^memory shop:hungry \(hungry\): memory limit: .* of 100 MB$/),
      'restarts shop:a (a): 2 restarts within 1h',
    ]);
    expect((await app.do('status', 'a')).stdout).toMatch(/ restarts shop:a: 2 restarts within 1h\n/);
    expect((await app.do('ps', 'a')).stderr).toBe('alarm: restarts shop:a: 2 restarts within 1h\n');
    await app.do('down');
    const events = told();
    expect(events.filter((line) => line.startsWith('alarm_set'))).toHaveLength(3);
    expect(events.filter((line) => line.startsWith('alarm_cleared'))).toHaveLength(3);
  }, 60_000);
});

describe('alarms outlive', () => {
  const config: Config = {
    name: 'shop',
    intensity: 100,
    services: {
      a: { command: idle, alarm: { restarts: 2, within: '1h' } },
      sub: { intensity: 0, restart: 'temporary', services: { b: { command: idle } } },
    },
  };
  const before = ['backup', 'gave_up shop:sub', 'shop:queue'];

  beforeEach(async () => {
    await app.up(config);
    await app.do('alarm', 'set', 'backup', 'none');
    await app.do('kill', 'b');
    await until('it gave up', async () => (await idsOf()).length === 2);
    await app.do('alarm', 'set', 'queue', 'full', '-p', 'shop');
    await app.do('kill', 'a');
    await app.untilRun('a', 2);
  });

  it('the daemon, with their times, and are told no second time; restarts are counted on', async () => {
    const rows = await alarms();
    for (let time = 0; time < 2; time += 1) {
      await killDaemon();
      expect(await alarms()).toEqual(rows);
    }
    await app.do('daemon', 'restart');
    expect(rows.map(({ id }) => id)).toEqual(before);
    expect(await alarms()).toEqual(rows);
    await app.do('kill', 'a');
    await until('its restarts before the deaths count', async () => (await idsOf()).includes('restarts shop:a'));
    await app.do('alarm', 'clear', 'backup');
    await app.do('start', 'sub');
    await until('the supervisor has run for its period', async () => !(await idsOf()).includes('gave_up shop:sub'), 10_000);
    expect(told()).toEqual([
      'alarm_set backup: none',
      expect.stringMatching(/^alarm_set gave_up shop:sub: /),
      'alarm_set shop:queue: full',
      'alarm_set restarts shop:a: 2 restarts within 1h',
      'alarm_cleared backup: over: none',
      expect.stringMatching(/^alarm_cleared gave_up shop:sub: over: .*; all is well for 5s$/),
    ]);
  }, 30_000);

  it('keeper and daemon, killed together', async () => {
    const rows = await alarms();
    await killBoth();
    await app.do('daemon', 'start');
    expect(await alarms()).toEqual(rows);
  });

  it('an application that fails to come up again has nobody who waits for it: an alarm, until it runs', async () => {
    const shop = {
      name: 'shop',
      period: '1s',
      services: { b: { command: sh('[ -e gone ] || exec sleep 1000'), ready: { exec: sh('[ ! -e gone ]') } } },
    };
    await app.up(shop);
    expect(await idsOf()).not.toContain('gave_up shop');
    const { pid, keeperPid } = await app.daemon();
    process.kill(pid, 'SIGTERM');
    await until('all is stopped', () => !isAlive(pid) && !isAlive(keeperPid));
    writeFileSync(app.path('gone'), '');
    await app.do('daemon', 'start');
    await until('it has failed', async () => (await idsOf()).includes('gave_up shop'));
    rmSync(app.path('gone'));
    await app.do('up');
    await until('it has run for its period', async () => !(await idsOf()).includes('gave_up shop'));
  });

  it('an orderly end that is none, and a reboot: those of programs go on, what runs again is well', async () => {
    const { pid, keeperPid } = await app.daemon();
    process.kill(pid, 'SIGTERM');
    await until('all is stopped', () => !isAlive(pid) && !isAlive(keeperPid));
    await app.do('daemon', 'start');
    expect(await idsOf()).toEqual(before);

    const state = app.home.path('state.ndjson');
    const text = readFileSync(state, 'utf8');
    await killWith(app.home.home);
    writeFileSync(state, text.replace(/"boot":"[^"]*"/, '"boot":"an earlier one 1"'));
    await app.do('daemon', 'start');
    await until('the supervisor has run for its period', async () => (await idsOf()).join() === 'backup,shop:queue', 10_000);
    expect(told().filter((line) => line.startsWith('alarm_set'))).toHaveLength(3);
  }, 30_000);
});

describe('on_alarm', () => {
  it('runs a command for alarms and for nothing else: its own, and those of no application once each', async () => {
    const other = neighbour('blog', { on_alarm: teller, services: { a: { command: idle } } });
    await app.up({ name: 'shop', on_alarm: { command: teller }, services: { a: { command: idle } } });
    await other.do('up');
    await app.do('alarm', 'set', 'backup', 'none');
    await app.do('alarm', 'set', 'queue', 'full', '-p', 'shop');
    await app.do('stop', 'a');
    await app.do('alarm', 'clear', 'backup');
    await other.do('down');
    await app.do('down');
    expect(toldTo(app)).toEqual([
      'alarm_set backup: none',
      'alarm_set shop:queue: full',
      'alarm_cleared backup: over: none',
      'alarm_cleared shop:queue: over: full; shop is down',
    ]);
    expect(toldTo(other)).toEqual(['alarm_set backup: none', 'alarm_cleared backup: over: none']);
  });

  it('that fails is an event, which says that it is this one', async () => {
    const command = sh('cat > /dev/null; echo run >> runs; echo no mail here >&2; exit 3');
    await app.up({ name: 'shop', on_alarm: command, services: { a: { command: idle } } });
    await app.do('alarm', 'set', 'backup', 'none');
    await until('it has failed', () => app.read('runs') !== '');
    // Who leaves waits for nothing: it is tried once more.
    await app.do('down');
    const [failed, ...more] = journal().filter(({ event }) => event === 'hook_failed');
    expect(failed).toMatchObject({ app: 'shop', cause: expect.stringMatching(/^on_alarm: exit code 3: no mail here \([2-4] tries\)$/) });
    expect([failed?.exit?.code, more]).toEqual([3, []]);
  });

  it('runs a command that fails again, with the same, until it takes it, over the death of the daemon', async () => {
    const command = sh('[ -e ready ] || { echo run >> runs; exit 1; }; cat >> told');
    await app.up({ name: 'shop', on_alarm: command, services: { a: { command: idle } } });
    await app.do('alarm', 'set', 'backup', 'none');
    await until('it has failed', () => app.read('runs') !== '');
    await app.do('alarm', 'clear', 'backup');
    await killDaemon();
    await app.do('alarm', 'set', 'queue', 'full');
    writeFileSync(app.path('ready'), '');
    await until('all is told', () => toldTo(app).length === 3, 15_000);
    expect(toldTo(app)).toEqual(['alarm_set backup: none', 'alarm_cleared backup: over: none', 'alarm_set queue: full']);
    expect((await app.history()).filter(({ event }) => event === 'hook_failed')).toEqual([]);
  }, 30_000);

  it.each([
    ['the daemon is killed', killDaemon],
    ['keeper and daemon are killed together', killBoth],
  ])('is told once what its run was given that goes on when %s, and then what waited', async (_what, kill) => {
    const command = sh('cat >> told; echo run >> runs; until [ -e go ]; do sleep 0.01; done');
    await app.up({ name: 'shop', on_alarm: command, services: { a: { command: idle } } });
    await app.do('alarm', 'set', 'backup', 'none');
    await until('it runs', () => app.read('runs') !== '');
    await app.do('alarm', 'set', 'queue', 'full');
    await kill();
    await app.do('daemon', 'start');
    writeFileSync(app.path('go'), '');
    await until('all is told', () => toldTo(app).length === 2);
    await app.do('alarm', 'clear', 'queue');
    await until('what follows is told', () => toldTo(app).length > 2);
    expect(toldTo(app)).toEqual(['alarm_set backup: none', 'alarm_set queue: full', 'alarm_cleared queue: over: full']);
  });

  it('tells a webhook that refuses, hangs, answers 500 and then takes it, over the death of the daemon, and goes on with the next', async () => {
    const server = new WebhookServer(['hang', 500, 200]);
    const port = await server.listen();
    await server.close();
    await app.up({ name: 'shop', on_alarm: { webhook: `http://127.0.0.1:${port}/secret` }, services: { a: { command: idle } } });
    await app.do('alarm', 'set', 'backup', 'none');
    await app.do('alarm', 'clear', 'backup');
    const again = new WebhookServer(['hang', 500, 200]);
    await again.listen(port);
    try {
      await until('it hangs', () => again.posted.length === 1, 20_000);
      await killDaemon();
      await until('all is told', () => again.posted.length === 4, 30_000);
      expect(again.told).toEqual([
        'alarm_set backup: none',
        'alarm_set backup: none',
        'alarm_set backup: none',
        'alarm_cleared backup: over: none',
      ]);
      expect((await app.history()).filter(({ event }) => event === 'hook_failed')).toEqual([]);
    } finally {
      await again.close();
    }
  }, 60_000);

  it('does not hold up anything when its webhook hangs, and the end no longer than 2 s', async () => {
    const server = new WebhookServer(['hang']);
    const port = await server.listen();
    try {
      await app.up({ name: 'shop', on_alarm: { webhook: `http://127.0.0.1:${port}/secret` }, services: { a: { command: idle } } });
      await app.do('alarm', 'set', 'backup', 'none');
      await until('it hangs', () => server.posted.length === 1);
      await app.do('kill', 'a');
      await app.untilRun('a', 2);
      const begin = performance.now();
      await app.do('down');
      expect(performance.now() - begin).toBeLessThan(5_000);
      expect(processesWith(app.home.home)).toEqual([]);
      const failed = journal().filter(({ event }) => event === 'hook_failed');
      expect(failed.map(({ cause }) => cause)).toEqual([
        expect.stringContaining(`on_alarm: webhook of 127.0.0.1:${port}: its application was down before`),
      ]);
    } finally {
      await server.close();
    }
  });

  it('speaks https, and only with whom it can trust', async () => {
    // For localhost, trusted by nobody.
    const [key, cert] = [fixture('webhook-key.pem'), fixture('webhook-cert.pem')];
    const server = new WebhookServer([200], { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') });
    const port = await server.listen();
    try {
      const trusting = new LiveApp({ home: app.home, env: { NODE_EXTRA_CA_CERTS: cert } });
      await trusting.up({ name: 'shop', on_alarm: { webhook: `https://localhost:${port}/` }, services: { a: { command: idle } } });
      await trusting.do('alarm', 'set', 'backup', 'none');
      await until('it is told', () => server.told.length === 1);
      app.configure({ name: 'shop', on_alarm: { webhook: `https://localhost:${port}/` }, services: { a: { command: idle } } });
      await app.do('up', '--update-env');
      await app.do('alarm', 'clear', 'backup');
      const failed = await until('it is given up', async () => (await app.history()).find(({ event }) => event === 'hook_failed'), 40_000);
      expect(failed.cause).toMatch(
        /^on_alarm: webhook of localhost:\d+: .*self-signed certificate.* \(5 tries\); not told: alarm_cleared backup: /,
      );
      expect(server.told).toHaveLength(1);
    } finally {
      await server.close();
    }
  }, 60_000);
});
