import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { type HomeLayout, homeLayout } from '../../src/base/home.js';
import { stateHeader, stateText } from '../../src/base/run-state.js';
import { withDaemon } from '../../src/client/bring-up.js';
import { isAlone, noDaemon } from '../../src/client/keeper.js';
import { forgetMeant, isDown } from '../../src/client/take-down.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';

let home: TestHome;
let layout: HomeLayout;

beforeEach(() => {
  home = temporaryHome();
  layout = homeLayout({ env: home.env, userHome: home.home, isOurFolder: () => false });
});
afterEach(() => home.dispose());

describe('a keeper that somebody has started since no daemon was found', () => {
  beforeEach(async () => {
    // It is known by its name.
    const keeper = spawn('sleep', ['1000'], { argv0: 'portsup-keeper', env: home.env, stdio: 'ignore' });
    await once(keeper, 'spawn');
    writeFileSync(layout.lock, `${keeper.pid}\n`);
  });

  it('makes nothing of what was found untrue: there was no daemon, and nothing to take down', () => {
    const error = noDaemon(layout);
    expect(error).toMatchObject({ code: 'DAEMON_NOT_RUNNING', message: 'no daemon is running' });
    expect(isAlone(layout)).toBe(false);
    expect(isDown(layout, error)).toBe(true);
  });

  it('keeps what was up before a reboot, which it has taken over', () => {
    const app = JSON.stringify({ name: 'shop', file: '/shop/portsup.yaml' });
    writeFileSync(layout.state, stateHeader('another boot') + stateText({ remember: [['app shop:', app]] }), { mode: 0o600 });
    expect(forgetMeant(layout, {})).toEqual([]);
    expect(existsSync(layout.state)).toBe(true);
  });
});

describe('a daemon that ended before it was asked', () => {
  it('is asked again by "up" where somebody else has started another one', async () => {
    mkdirSync(dirname(layout.socket), { recursive: true });
    const server = createServer().listen(layout.socket);
    await once(server, 'listening');
    let asked = 0;
    const act = (): Promise<number> => {
      asked += 1;
      return asked === 1 ? Promise.reject(new PortsupError('DAEMON_NOT_RUNNING', 'no daemon is running', '')) : Promise.resolve(asked);
    };
    expect(await withDaemon(layout.socket, { ensure: () => Promise.reject(new Error('it is there')), act })).toBe(2);
    server.close();
  });
});
