/** The command for alarms over deaths of the daemon: the real files and pipes, and a keeper that does what the test says. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppRecord } from '../../src/daemon/app-registry.js';
import { Hooks } from '../../src/daemon/hooks.js';
import { createOutbox } from '../../src/daemon/outbox.js';
import { daemonEntry, type JournalEntry, parseEntry } from '../../src/journal/entry.js';
import type { RunNews, SpawnOrder } from '../../src/keeper/protocol.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';
import { until } from '../helpers/until.js';
import { WebhookServer } from '../helpers/webhook-server.js';

const KEY = 'shop:@on_alarm';

let folder: string;
let clock: ManualClock;
let apps: Map<string, AppRecord>;
/** As the keeper has it. */
let memory: Map<string, string>;
/** Runs that were ordered, as the texts of the alarms that they are given. */
let runs: (readonly (string | null)[])[];
let programs: string[];
let forgotten: number;
let recorded: (string | null)[];
let hooks: Hooks;

const record = (onAlarm: AppRecord['onAlarm']): AppRecord => ({ name: 'shop', file: '/srv/portsup.yaml', env: {}, onAlarm });
const command = { command: ['./alert'], cwd: '/', env: {} };
const alarm = (text: string): JournalEntry => ({ ...daemonEntry('2026-11-21T03:22:33.000Z', 'alarm_set', text), app: 'shop' });

const entriesIn = (file: string): readonly (string | null)[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => parseEntry(line)?.cause ?? null);

/** A daemon that has not taken over yet. */
function newDaemon(): Hooks {
  const outbox = createOutbox((order) => {
    if (order.do === 'spawn') begin(order);
    if (order.do === 'forget') forgotten += 1;
    if (order.do !== 'batch') return;
    for (const [key, text] of order.remember) {
      if (text === null) memory.delete(key);
      else memory.set(key, text);
    }
  });
  const makeFifos = (paths: readonly string[]): Promise<void> => {
    execFileSync('mkfifo', paths);
    return Promise.resolve();
  };
  return new Hooks({
    clock,
    apps,
    outbox,
    layout: { fifos: folder, home: folder },
    keeper: { makeFifos },
    clearing: { began: () => undefined, ended: () => undefined },
    record: ({ cause }) => void recorded.push(cause),
    warn: (message) => expect.fail(message),
  });
}

function begin({ in: input, argv, key }: SpawnOrder): void {
  expect(key).toBe(KEY);
  runs.push(entriesIn(input ?? ''));
  programs.push(argv[0] ?? '');
}

/** The next daemon, after one that was killed: it has what the keeper knows, and hears of the run that goes on. */
function next(latest: readonly RunNews[] = [], found: readonly string[] = [], change: () => void = () => undefined): void {
  hooks.halt();
  hooks = newDaemon();
  for (const text of found) hooks.onEntry(alarm(text));
  change();
  hooks.takeOver({ memory: [...memory], latest });
}

function happen(...texts: readonly string[]): void {
  for (const text of texts) hooks.onEntry(alarm(text));
}

const spawned = (run: number): RunNews => ({ news: 'spawned', key: KEY, run, pid: 4_711 });
const exited = (run: number, code: number): RunNews => ({
  news: 'exited',
  key: KEY,
  run,
  pid: 4_711,
  code,
  signal: null,
  groupLeft: false,
});

/** A run has been ordered, and is executed. */
async function executed(number: number): Promise<void> {
  await until('it is ordered', () => runs.length === number);
  hooks.onNews(spawned(number));
  clock.pass(0);
}

function end(number: number, code = 0): void {
  hooks.onNews(exited(number, code));
  clock.pass(0);
}

beforeEach(() => {
  folder = makeTestFolder();
  mkdirSync(folder, { recursive: true });
  clock = manualClock();
  apps = new Map([['shop', record({ command, webhook: null })]]);
  memory = new Map();
  runs = [];
  programs = [];
  forgotten = 0;
  recorded = [];
  hooks = newDaemon();
  hooks.takeOver({ memory: [], latest: [] });
});
afterEach(() => {
  hooks.halt();
  removeTestFolder(folder);
});

describe('what a command for alarms has not been told', () => {
  it('the keeper knows, until it is told', async () => {
    happen('1', '2');
    clock.pass(0);
    expect(memory.size).toBe(2);
    clock.pass(100);
    await executed(1);
    happen('3');
    clock.pass(100);
    expect(memory.size).toBe(3);
    end(1);
    await executed(2);
    expect(memory.size).toBe(1);
    end(2);
    expect(runs).toEqual([['1', '2'], ['3']]);
    expect([memory.size, forgotten, recorded]).toEqual([0, 2, []]);
  });

  it('the next daemon tells, in order, before what it has found itself', async () => {
    happen('1');
    clock.pass(100);
    await executed(1);
    happen('2', '3');
    clock.pass(0);
    next([], ['4']);
    happen('5');
    clock.pass(100);
    await executed(2);
    expect(runs).toEqual([['1'], ['1', '2', '3', '4', '5']]);
    end(1);
    expect(memory.size).toBe(0);
  });

  it('is also what befell an application whose end the next daemon found', async () => {
    next([], ['1'], () => apps.delete('shop'));
    await executed(1);
    expect(runs).toEqual([['1']]);
    end(1);
    expect(memory.size).toBe(0);
  });

  it('is also what was found when no application was known yet', async () => {
    const known = [...apps];
    apps.clear();
    next([], [], () => {
      hooks.onEntry({ ...alarm('1'), app: null });
      for (const [name, one] of known) apps.set(name, one);
    });
    clock.pass(100);
    await executed(1);
    expect(runs).toEqual([['1']]);
  });

  it('is not what a run was given that goes on and ends well', async () => {
    happen('1', '2');
    clock.pass(100);
    await executed(1);
    happen('3');
    clock.pass(0);
    next([spawned(1)]);
    clock.pass(10_000);
    end(1);
    await executed(2);
    expect(runs).toEqual([['1', '2'], ['3']]);
    end(2);
    expect(memory.size).toBe(0);
  });

  it.each([
    ['goes on and fails later', [spawned(1)]],
    ['has failed meanwhile', [exited(1, 3)]],
  ])('is what a run was given that %s: it is tried again', async (_what, latest) => {
    happen('1', '2');
    clock.pass(100);
    await executed(1);
    happen('3');
    clock.pass(0);
    next(latest);
    end(1, 3);
    clock.pass(1_000);
    await executed(2);
    expect(memory.size).toBe(3);
    end(2);
    await executed(3);
    end(3);
    expect(runs).toEqual([['1', '2'], ['1', '2'], ['3']]);
    expect([memory.size, recorded]).toEqual([0, []]);
  });

  it('is given up after five tries, which is told, and forgotten', async () => {
    happen('1');
    clock.pass(100);
    for (const number of [1, 2, 3, 4, 5]) {
      await executed(number);
      end(number, 3);
      clock.pass(8_000);
    }
    clock.pass(60_000);
    expect(runs).toHaveLength(5);
    expect(recorded).toEqual(['on_alarm: exit code 3 (5 tries)']);
    expect(memory.size).toBe(0);
  });

  it('is told to the command as it is configured when that is tried again', async () => {
    happen('1');
    clock.pass(100);
    await executed(1);
    apps.set('shop', record({ command: { ...command, command: ['./better'] }, webhook: null }));
    end(1, 3);
    clock.pass(1_000);
    await executed(2);
    expect(programs).toEqual(['./alert', './better']);
  });

  it.each([
    ['its command is configured no more', () => apps.set('shop', record(null))],
    ['its application is gone', () => apps.delete('shop')],
  ])('is forgotten where %s', async (_what, change) => {
    happen('1');
    clock.pass(100);
    await executed(1);
    happen('2');
    clock.pass(0);
    change();
    next();
    clock.pass(10_000);
    expect([runs.length, memory.size, recorded]).toEqual([1, 0, []]);
  });
});

it('a webhook is told what was found while a daemon took over after what had waited, and none takes the place of another one', async () => {
  const server = new WebhookServer(['hang', 200]);
  const port = await server.listen();
  try {
    apps.set('shop', record({ command: null, webhook: `http://127.0.0.1:${port}/` }));
    happen('1', '2', '3');
    clock.pass(0);
    await until('it is being told', () => server.posted.length === 1);
    expect(memory.size).toBe(3);
    next([], ['4']);
    clock.pass(0);
    expect(memory.size).toBe(4);
    await until('all is told', () => server.posted.length === 5);
    expect(server.told).toEqual([1, 1, 2, 3, 4].map((number) => `alarm_set ${number}`));
  } finally {
    hooks.halt();
    await server.close();
  }
});
