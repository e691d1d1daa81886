/** `alive` and `watchdogs`: what is asked of what runs, with real programs and servers. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, idle, LiveApp, sh } from '../helpers/live-app.js';
import { processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;
let server: Server;
let port: number;
let status: number;
let asked: number;
/** Of another service. */
let others: number;

beforeEach(async () => {
  app = new LiveApp();
  [status, asked, others] = [200, 0, 0];
  server = createServer((request, response) => {
    if (request.url === '/other') others += 1;
    else asked += 1;
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  await app.dispose();
  await new Promise((resolve) => server.close(resolve));
});

const http = (fields: Config = {}): Config => ({ http: `http://localhost:${port}/`, interval: '30ms', ...fields });
const one = (service: Config, more: Config = {}): Config => ({ name: 'shop', intensity: 100, services: { a: service, ...more } });
const untilAsked = (more: number): Promise<boolean> => {
  const from = asked;
  return until(`asked ${more} times more`, () => asked >= from + more);
};

describe('a service that is asked whether it is alive', () => {
  it('is restarted after so many bad answers in a row, and nobody asks it while it does not run', async () => {
    const other = { command: idle, alive: { http: `http://localhost:${port}/other`, interval: '30ms', failures: 1_000 } };
    await app.up(one({ command: idle, alive: http({ failures: 3 }) }, { b: other }));
    const { pid } = await app.service('a');
    await untilAsked(3);
    expect(await app.service('a')).toMatchObject({ pid, restarts: 0 });
    expect((await app.do('status', 'a')).stdout).toMatch(/^answer: +well at /m);
    status = 500;
    const row = await app.untilService('a', 'is restarted', ({ restarts }) => restarts > 0);
    status = 200;
    expect(row.pid).not.toBe(pid);
    const history = await app.history('a');
    expect(history.find(({ event }) => event === 'stopping')).toMatchObject({
      by: 'probe',
      cause: expect.stringContaining('HTTP 500 three times') as string,
    });
    await app.do('stop', 'a');
    const [stopped, othersThen] = [asked, others];
    await until('another one has been asked often', () => others > othersThen + 20);
    expect(asked).toBe(stopped);
    await app.do('start', 'a');
    await untilAsked(3);
  });

  it('is left alone while there is a good answer now and then', async () => {
    await app.up(one({ command: idle, alive: http({ failures: 2, interval: '20ms' }) }));
    server.removeAllListeners('request');
    server.on('request', (_request, response) => {
      asked += 1;
      response.writeHead(asked % 2 === 0 ? 500 : 200).end();
    });
    await untilAsked(30);
    expect((await app.service('a')).restarts).toBe(0);
  });

  it('is asked otherwise from the next "up" on, without a restart', async () => {
    await app.up(one({ command: idle, alive: http({ interval: '1h' }) }));
    const { pid } = await app.service('a');
    await app.up(one({ command: idle, alive: http({ interval: '20ms' }) }));
    await untilAsked(3);
    expect((await app.service('a')).pid).toBe(pid);
    await app.up(one({ command: idle }));
    expect((await app.service('a')).pid).toBe(pid);
  });

  it('is asked on by the next daemon', async () => {
    await app.up(one({ command: idle, alive: http() }));
    const { pid } = await app.service('a');
    process.kill((await app.daemon()).pid, 'SIGKILL');
    await untilAsked(3);
    await until('there is a daemon', async () => (await app.run('ps')).code === 0);
    await untilAsked(3);
    expect((await app.service('a')).pid).toBe(pid);
    status = 503;
    await app.untilService('a', 'is restarted', ({ restarts }) => restarts > 0);
  });

  it('has its command ended with everything else, though that hangs', async () => {
    await app.up(
      one({
        command: idle,
        alive: { exec: sh('trap "" TERM; sleep 1000 & echo x >> asked; sleep 1000'), interval: '50ms', timeout: '60s' },
      }),
    );
    await until('it is asked', () => app.read('asked') !== '');
    await app.do('down');
    await until('nothing is left', () => processesWith(app.home.home).length === 0);
  });

  it('has the command that was going ended when keeper and daemon are killed, and is asked again', async () => {
    const exec = sh('echo x >> asked; trap "" TERM; [ -e quick ] || sleep 1000');
    await app.up(one({ command: idle, alive: { exec, interval: '50ms', timeout: '60s' } }));
    await until('it is asked', () => app.read('asked') !== '');
    const { pid } = await app.service('a');
    writeFileSync(app.path('quick'), '');
    const { pid: daemonPid, keeperPid } = await app.daemon();
    for (const each of [keeperPid, daemonPid]) process.kill(each, 'SIGKILL');
    await app.do('daemon', 'start');
    await until('it is asked again', () => app.read('asked').split('\n').length > 3);
    expect((await app.service('a')).pid).toBe(pid);
    expect((await app.history()).filter(({ event }) => event === 'killed')).toEqual([]);
    expect(processesWith(app.home.home).filter(({ command }) => command === 'sleep 1000')).toHaveLength(1);
  });

  it('has the command that a dead daemon left ended by the next one, and is asked again', async () => {
    await app.up(
      one({ command: idle, alive: { exec: sh('echo x >> asked; [ -e quick ] || sleep 1000'), interval: '50ms', timeout: '60s' } }),
    );
    await until('it is asked', () => app.read('asked') !== '');
    writeFileSync(app.path('quick'), '');
    process.kill((await app.daemon()).pid, 'SIGKILL');
    await until('it is asked again', () => app.read('asked').split('\n').length > 3);
    expect(processesWith(app.home.home).filter(({ command }) => command === 'sleep 1000')).toHaveLength(1);
  });
});

const systemdNotify = '/usr/bin/systemd-notify';

describe.runIf(existsSync(systemdNotify))('a service that sends WATCHDOG=1', () => {
  const alive = { notify: true, interval: '1s', failures: 2, grace: '1s' };

  it('is left alone while it does, and restarted when it has missed it too often', async () => {
    const command = sh(`until [ -e go ]; do ${systemdNotify} WATCHDOG=1; echo well; sleep 0.1; done; rm go; exec sleep 1000`);
    await app.up(one({ command, alive }));
    // By then its grace and several intervals are over.
    await until('it has told thirty times', async () => (await app.logs('a')).length > 30, 30_000);
    expect((await app.service('a')).restarts).toBe(0);
    writeFileSync(app.path('go'), '');
    await app.untilService('a', 'is restarted', ({ restarts }) => restarts === 1);
    const stopping = (await app.history('a')).find(({ event }) => event === 'stopping');
    expect(stopping?.cause).toContain('no WATCHDOG=1 within 1s twice');
  });

  it('is restarted at once when it says that it is not well', async () => {
    const command = sh(`[ $PORTSUP_RUN -gt 1 ] || ${systemdNotify} WATCHDOG=trigger; exec sleep 1000`);
    await app.up(one({ command, alive: { notify: true, interval: '60s' } }));
    await app.untilService('a', 'is restarted', ({ restarts }) => restarts === 1);
  });

  it('is let end in peace when it says that it is about to', async () => {
    const command = sh(`[ $PORTSUP_RUN -gt 1 ] || ${systemdNotify} STOPPING=1; sleep 4; exit 7`);
    await app.up(one({ command, alive: { notify: true, interval: '3s', failures: 1 }, restart: 'temporary' }));
    const row = await app.untilService('a', 'has ended', ({ exit }) => exit !== null);
    expect(row.exit?.code).toBe(7);
  });

  it('is let end in peace by later daemons, too, with what it says of itself, and its next run is asked again', async () => {
    // Of the other one it is known by its restarts that intervals have passed.
    const silent = { command: idle, alive: { notify: true, interval: '200ms', failures: 1 } };
    const line = `[ $PORTSUP_RUN -gt 1 ] || ${systemdNotify} --ready --status="winding down" STOPPING=1; until [ -e go ]; do sleep 0.01; done; ${systemdNotify} --ready; exec sleep 1000`;
    await app.up(one({ ...silent, command: sh(line), ready: { notify: true, timeout: '60s' } }, { b: silent }));
    const pid = await app.pid('a');
    const isLeftAlone = async (): Promise<void> => {
      const { restarts } = await app.service('b');
      await app.untilService('b', 'is restarted three times more', (row) => row.restarts >= restarts + 3);
      expect(await app.service('a')).toMatchObject({ pid, restarts: 0 });
      expect(JSON.parse((await app.do('status', 'a', '--json')).stdout)).toMatchObject({ says: 'winding down' });
    };
    await isLeftAlone();
    const { pid: daemonPid } = await app.daemon();
    process.kill(daemonPid, 'SIGKILL');
    await until('there is another daemon', async () => (await app.run('ps')).code === 0 && (await app.daemon()).pid !== daemonPid);
    await isLeftAlone();
    await app.do('daemon', 'restart');
    await isLeftAlone();
    writeFileSync(app.path('go'), '');
    process.kill(pid, 'SIGKILL');
    await app.untilService('a', 'is restarted for its silence', ({ restarts }) => restarts >= 2);
    const stopping = (await app.history('a')).find(({ event }) => event === 'stopping');
    expect(stopping).toMatchObject({ run: 2, cause: expect.stringContaining('no WATCHDOG=1 within 200ms') as string });
    expect(JSON.parse((await app.do('status', 'a', '--json')).stdout)).toMatchObject({ says: null });
  });
});

describe('"notify" without its package', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));

  it('fails the start, and says what is missing and what to do', async () => {
    // The built programs look for packages from where they are: here there is none.
    const copy = app.home.path('portsup');
    for (const name of ['bin', 'dist', 'package.json']) cpSync(join(root, name), join(copy, name), { recursive: true });
    app.configure(one({ command: idle, ready: { notify: true, timeout: '5s' } }));
    const up = promisify(execFile)(process.execPath, [join(copy, 'bin/portsup.js'), 'up'], { env: app.env, cwd: app.folder });
    const { stdout, stderr } = (await up.catch((error: unknown) => error)) as { readonly stdout: string; readonly stderr: string };
    expect(stdout + stderr).toContain(
      '"notify" takes the package node-unix-socket, which is not installed: install portsup without "--omit=optional"',
    );
  });
});

describe('a watchdog', () => {
  const config = (): Config => ({
    name: 'shop',
    watchdogs: { db: http({ failures: 2, clear_after: 3 }) },
    services: { a: { command: idle, needs: ['db'] } },
  });

  it('keeps who needs it waiting until its first good answer', async () => {
    status = 500;
    app.configure(config());
    await app.do('up', '--no-wait');
    await untilAsked(3);
    expect(await app.service('a')).toMatchObject({ state: 'waiting', pid: null });
    status = 200;
    await app.untilRun('a', 1);
  });

  it('is known to the next daemon, and is not asked any more when its application is down', async () => {
    await app.up(config());
    const { pid } = await app.service('a');
    process.kill((await app.daemon()).pid, 'SIGKILL');
    await until('there is a daemon', async () => (await app.run('ps')).code === 0);
    await untilAsked(2);
    expect((await app.service('a')).pid).toBe(pid);
    await app.do('down');
    const down = asked;
    await app.up({ name: 'shop', services: { a: { command: idle } } });
    expect(asked - down).toBeLessThan(2);
  });

  it('has to look anew when its application is started anew: how things were before says nothing', async () => {
    await app.up(config());
    await app.do('stop', 'shop');
    status = 500;
    await app.do('up', '--no-wait');
    await untilAsked(3);
    expect(await app.service('a')).toMatchObject({ state: 'waiting', run: 1 });
    status = 200;
    await app.untilRun('a', 2);
    // Stopped and started in one go.
    await app.do('restart', 'shop');
    await app.untilRun('a', 3);
  });

  it('asks by a command, too, in the folder and with the variables of the top level', async () => {
    const exec = sh('echo "$WHO $PORTSUP_SERVICE" >> asked; [ -e ok ]');
    app.configure({
      name: 'shop',
      env: { WHO: 'me' },
      watchdogs: { db: { exec, interval: '30ms' } },
      services: { a: { command: idle, needs: ['db'] } },
    });
    await app.do('up', '--no-wait');
    await until('it is asked', () => app.read('asked') !== '');
    expect(app.read('asked').split('\n')[0]).toBe('me @watchdog/db');
    writeFileSync(app.path('ok'), '');
    await app.untilRun('a', 1);
  });
});
