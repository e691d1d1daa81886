/** How logs are kept, seen from outside: parts, budgets, kills of the daemon, and services that say too much. */
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryHome } from '../helpers/home.js';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { canMount, fillDisk, mountSmallDisk, unmountAll } from '../helpers/mounts.js';
import { isAlive, killWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;
beforeEach(() => {
  app = new LiveApp();
});
afterEach(async () => {
  await app.dispose();
});

const folder = (): string => app.home.path('logs', 'project');
const files = (): readonly string[] => (existsSync(folder()) ? readdirSync(folder()).toSorted() : []);
/** One that is dropped while its size is asked for has none. */
const sizeOf = (name: string): number => statSync(`${folder()}/${name}`, { throwIfNoEntry: false })?.size ?? 0;
const bytesOnDisk = (): number => files().reduce((sum, name) => sum + sizeOf(name), 0);

const numbers = (first: number, count: number): readonly string[] => [
  process.execPath,
  fixture('e2e-numbers.mjs'),
  String(first),
  String(count),
];

/** The text of the last line of a service. */
const last = async (path: string): Promise<string> => (await app.do('logs', path, '-n', '1', '--no-prefix')).stdout.trimEnd();

async function killDaemon(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until('the daemon is gone', () => !isAlive(pid));
}

/** The most memory that a process has ever had, in bytes. */
const peakOf = (pid: number): number => 1_024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);

describe('rotation', () => {
  it('at full speed loses, tears and doubles no line, over a restart of the daemon', async () => {
    const count = 100_000;
    await app.up({
      logs: { max_size: '256kb', keep: 1_000, total: '1gb' },
      services: { flood: { command: sh('read -r _; exec "$@"', ...numbers(0, count)) } },
    });
    await app.do('send', 'flood', 'go');
    await until('some parts are there', () => files().length > 3, 15_000);
    await app.do('daemon', 'restart');
    await until('it is done', async () => (await last('flood')) === 'done', 30_000);
    const texts = (await app.logs('flood')).map(({ text }) => text);
    expect(texts.length).toBe(count + 1);
    expect(texts.findIndex((text, index) => index < count && Number(text) !== index)).toBe(-1);
    expect(files().length).toBeGreaterThan(20);
    expect(Math.max(...files().map(sizeOf))).toBeLessThanOrEqual(262_144);
  }, 90_000);

  it('goes on when the daemon is killed again and again at full speed: each kill costs at most what it had just read', async () => {
    const [kills, count] = [3, 120_000];
    const command = sh('while read -r first; do "$@" "$first" "$COUNT" < /dev/null; done', process.execPath, fixture('e2e-numbers.mjs'));
    const kept = { max_size: '128kb', keep: 10_000, total: '1gb', compress: false };
    await app.up({ logs: kept, env: { COUNT: String(count) }, services: { flood: { command } } });
    for (let kill = 0; kill < kills; kill += 1) {
      const { pid } = await app.daemon();
      const parts = files().length;
      await app.do('send', 'flood', String(kill * count));
      await until('some more parts are there', () => files().length > parts + 5, 15_000);
      await killDaemon(pid);
      await until('it is done', async () => (await last('flood')) === 'done', 30_000);
    }
    expect(await app.service('flood')).toMatchObject({ run: 1, state: 'running' });
    const { stdout } = await app.do('logs', 'flood', '-n', 'all', '--no-prefix');
    const texts = stdout.split('\n').filter((text) => text !== 'done' && text !== '');
    const whole = texts.filter((text) => text.length === 59).map(Number);
    // Of a line around a gap a part may be there, or two parts of two lines.
    expect(texts.length - whole.length).toBeLessThanOrEqual(2 * kills);
    const gaps = whole.flatMap((number, index) => {
      const before = whole[index - 1] ?? -1;
      return number === before + 1 ? [] : [number - before - 1];
    });
    expect(Math.min(0, ...gaps)).toBe(0);
    expect(gaps.length).toBeLessThanOrEqual(kills);
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(Math.ceil((64 * 1_024) / 60) + 2);
    expect(whole.at(-1)).toBe(kills * count - 1);
  }, 120_000);
});

describe('a budget', () => {
  it('holds while two hundred services print at once, and they are all there', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `s${index}`);
    const line = sh(
      'i=0; while [ $i -lt 300 ]; do echo "$PORTSUP_SERVICE $i ......................................"; i=$((i+1)); done; echo done; exec sleep 1000',
    );
    await app.up({
      logs: { total: '2mb', max_size: '1mb' },
      services: Object.fromEntries(names.map((name) => [name, { command: line }])),
    });
    let most = 0;
    await until(
      'all are done',
      async () => {
        most = Math.max(most, bytesOnDisk());
        const ends = (await app.logs()).filter(({ text }) => text === 'done');
        return ends.length === names.length;
      },
      60_000,
    );
    expect(Math.max(most, bytesOnDisk())).toBeLessThanOrEqual(2 * 2 ** 20);
    expect((await app.rows()).filter(({ kind, state }) => kind === 'service' && state === 'running')).toHaveLength(200);
  }, 120_000);
});

describe('a service that says too much', () => {
  it.runIf(process.platform === 'linux')(
    'in one line of 100 MB grows the daemon by less than 40 MB, and what comes next is a line',
    async () => {
      await app.up({
        services: { long: { command: sh("read -r _; head -c 100000000 /dev/zero | tr '\\000' y; echo; echo after; exec sleep 1000") } },
      });
      const { pid } = await app.daemon();
      const before = peakOf(pid);
      await app.do('send', 'long', 'go');
      await until('it is over', async () => (await last('long')) === 'after', 30_000);
      expect(peakOf(pid) - before).toBeLessThan(40 * 2 ** 20);
      expect((await app.daemon()).pid).toBe(pid);
    },
    60_000,
  );

  it('with the rest of it in "logs: none" leaves nothing on disk, and can be read again when that is over', async () => {
    const command = sh('i=0; while [ $i -lt 1000 ]; do echo "line $i"; i=$((i+1)); done; touch said; exec sleep 1000');
    await app.up({ logs: 'none', services: { mute: { command }, other: { command: idle, logs: {} } } });
    await until('it has said all', () => existsSync(app.path('said')));
    expect(files()).toEqual(['other.log']);
    expect(await app.logs('mute')).toEqual([]);
    app.configure({ services: { mute: { command }, other: { command: idle } } });
    const before = await app.pid('mute');
    await app.do('up');
    expect(await app.pid('mute')).toBe(before);
    await app.do('restart', 'mute');
    await app.untilSays('mute', /line 999/);
  });

  it('into a file of its own ("raw") gets a new one with the run that finds it too large', async () => {
    const command = sh(
      'echo "begin $PORTSUP_RUN"; head -c 5000 /dev/zero | tr "\\000" z; echo; echo "end $PORTSUP_RUN" >&2; exec sleep 1000',
    );
    await app.up({ services: { own: { command, logs: { raw: true, max_size: '8kb', keep: 2, compress: false } } } });
    for (let run = 1; run <= 7; run += 1) {
      await app.untilRun('own', run);
      await app.untilSays('own', new RegExp(`end ${run}`));
      if (run < 7) await app.do('restart', 'own');
    }
    expect(files()).toEqual(['own.raw', 'own.raw.000002', 'own.raw.000003']);
    const said = (await app.logs('own')).map(({ text }) => (text.startsWith('z') ? `${text.length} z` : text));
    expect(said).toEqual([3, 4, 5, 6, 7].flatMap((run) => [`begin ${run}`, '5000 z', `end ${run}`]));
  });
});

describe('a file of the user', () => {
  it('gets the lines as they are, and goes on where it was moved to until the next daemon', async () => {
    const file = app.path('plain.log');
    const command = sh('while read -r line; do echo "$line"; printf "%s" "half " >&2; echo "whole" >&2; done; exec sleep 1000');
    await app.up({ services: { web: { command, logs: { file: 'plain.log' } } } });
    const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    await app.do('send', 'web', 'one');
    await until('it is there', () => text(file).split('\n').length === 3);
    expect(text(file).split('\n').toSorted()).toEqual(['', 'half whole', 'one']);
    renameSync(file, `${file}.1`);
    await app.do('send', 'web', 'two');
    await until('it goes on in the file that was moved', () => text(`${file}.1`).includes('two'));
    await app.do('daemon', 'restart');
    await app.do('send', 'web', 'three');
    await until('it is where it should be', () => text(file).includes('three'));
    expect((await app.logs('web', '--out')).map((line) => line.text)).toEqual(['one', 'two', 'three']);
  });
});

describe.skipIf(!canMount)('a disk that stays full', () => {
  let disk: string;
  beforeEach(async () => {
    await app.dispose();
    const home = temporaryHome();
    disk = home.path('disk');
    mountSmallDisk(disk, 2_048);
    app = new LiveApp({ home, env: { PORTSUP_HOME: disk } });
  });
  afterEach(async () => {
    await killWith(app.home.home);
    unmountAll(disk);
  });

  it('stops no service for longer than is configured; what is dropped is counted, in the log and in an event', async () => {
    const count = 40_000;
    const command = sh('echo ready; read -r _; "$@" < /dev/null; touch gone-on; exec sleep 1000', ...numbers(0, count));
    await app.up({ logs: { block: '300ms' }, services: { flood: { command }, other: { command: idle } } });
    await app.untilSays('flood', /ready/);
    const pid = await app.pid('flood');
    const makeRoom = fillDisk(`${disk}/filling`);
    await app.do('send', 'flood', 'go');
    // 2.4 MB, while nothing can be written: it is done with them only because most are dropped.
    await until('it goes on', () => existsSync(app.path('gone-on')), 20_000);
    expect(await app.pid('flood')).toBe(pid);
    makeRoom();
    const dropped = await until(
      'an event says how many',
      async () => {
        const events = (await app.history()).filter(({ event }) => event === 'lines_dropped');
        return events.length === 2 && events;
      },
      30_000,
    );
    expect(dropped.map(({ path, run }) => `${path} ${run}`)).toEqual(['flood 1', 'flood 1']);
    const texts = (await app.logs('flood')).map(({ text }) => text);
    const lost = texts.flatMap((text) =>
      [...text.matchAll(/^portsup: (\d+) lines are missing here: ENOSPC/g)].map(([, lines]) => Number(lines)),
    );
    const whole = texts.filter((text) => text === 'ready' || text === 'done' || text.length === 59);
    expect(lost).toHaveLength(1);
    expect(whole.length + (lost[0] ?? 0)).toBe(count + 2);
    expect(new Set(whole).size).toBe(whole.length);
  }, 90_000);
});
