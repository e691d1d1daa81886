/** The second example: a database outside of the tree, watched; a client and a handler with probes; a table that is there on demand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallOutcome } from '../../src/control/contract.js';
import { freePorts, servicesFolder } from '../helpers/example.js';
import { LiveApp } from '../helpers/live-app.js';
import { until } from '../helpers/until.js';

const folder = join(servicesFolder, 'jenga');

let app: LiveApp;
let database: ChildProcess | undefined;

/** Starts the database as a person would, and waits until it listens. */
async function startDatabase(): Promise<void> {
  const child = spawn(process.execPath, [join(folder, 'database.js'), app.home.path('games.json')], {
    env: app.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  database = child;
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  await until('the database listens', () => said.includes('listens'));
}

async function stopDatabase(): Promise<void> {
  const ended = new Promise((resolve) => database?.once('exit', resolve));
  database?.kill('SIGKILL');
  await ended;
}

async function call(name: string, method: string, ...args: readonly string[]): Promise<CallOutcome> {
  return JSON.parse((await app.run('call', name, method, ...args, '--json', '-t', '20s')).stdout) as CallOutcome;
}

const answer = (value: unknown): CallOutcome => ({ outcome: 'reply', kind: 'value', value });

beforeEach(async () => {
  const [one, other] = [await freePorts(), await freePorts()];
  const env = { JENGA_DATABASE_PORT: one.SERVICE_A_PORT, JENGA_CLIENT_PORT: one.SERVICE_B_PORT, JENGA_HANDLER_PORT: other.SERVICE_A_PORT };
  app = new LiveApp({ folder, env });
});
afterEach(() => app.dispose());

describe('the tree of the talk', () => {
  it('comes up in order, each when what it needs is there, and plays', async () => {
    await startDatabase();
    await app.do('up');
    const events = (await app.history())
      .filter(({ event }) => event === 'started' || event === 'ready')
      .map(({ path, event }) => `${path} ${event}`);
    expect(events.filter((line) => line.endsWith('started'))).toEqual(['tables started', 'client started', 'handler started']);
    expect(events.indexOf('client ready')).toBeLessThan(events.indexOf('handler started'));
    expect(await app.service('tables')).toMatchObject({ state: 'completed', exit: { code: 0 } });
    expect(await call('handler', 'moves', 'red')).toEqual(answer(0));
    expect(await call('handler', 'move', 'red')).toEqual(answer(1));
    expect(await call('handler', 'move', 'red')).toEqual(answer(2));
    expect(await call('handler', 'tumble', 'red')).toMatchObject({ kind: 'error', reason: 'status', code: 404 });
  });

  it('waits for a database that is not there yet, and says so', async () => {
    const rising = app.start('up', '--wait-timeout', '50s');
    const tables = await app.untilService('tables', 'waiting', ({ state }) => state === 'waiting');
    expect(tables.run).toBe(0);
    await startDatabase();
    expect((await rising.ended).code).toBe(0);
    expect(await call('handler', 'move', 'blue')).toEqual(answer(1));
  });

  it('survives the loss of the database, and plays on with what that has kept', async () => {
    await startDatabase();
    await app.do('up');
    expect(await call('handler', 'move', 'red')).toEqual(answer(1));
    const before = await app.service('handler');
    await stopDatabase();
    await app.untilService('client', 'waiting', ({ state }) => state === 'waiting');
    await until('the watchdog has told', async () => /database/.test((await app.run('alarms')).stdout), 15_000);
    await startDatabase();
    expect(await call('handler', 'move', 'red')).toEqual(answer(2));
    // It began with another client: rest_for_one.
    expect((await app.service('handler')).run).toBeGreaterThan(before.run);
    expect((await app.service('tables')).run).toBe(1);
  });

  it('sets a table when somebody calls for it', async () => {
    await startDatabase();
    await app.do('up');
    expect(await app.service('connections/table')).toMatchObject({ state: 'stopped', run: 0 });
    expect(await call('table', 'join', 'Ada')).toEqual(answer(['Ada']));
    expect(await call('table', 'join', 'Joe')).toEqual(answer(['Ada', 'Joe']));
    expect(await app.service('connections/table')).toMatchObject({ state: 'running', run: 1 });
    expect(await call('table', 'shout', 'hey')).toMatchObject({ kind: 'error', reason: 'fault', code: -32_601 });
  });
});
