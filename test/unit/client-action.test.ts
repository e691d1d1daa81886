import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { homeLayout } from '../../src/base/home.js';
import { systemClock } from '../../src/base/system-clock.js';
import { type Action, perform, type ResultLine } from '../../src/client/action.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';

type Restart = Action<'POST /v1/restart'>;

describe('an action under a keeper whose daemon does not answer', () => {
  let home: TestHome;

  beforeEach(async () => {
    home = temporaryHome();
    // A keeper is known by its name; this one never starts a daemon.
    const keeper = spawn('sleep', ['1000'], { argv0: 'portsup-keeper', env: home.env, stdio: 'ignore' });
    await once(keeper, 'spawn');
    writeFileSync(home.path('lock'), `${keeper.pid}\n`);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await home.dispose();
  });

  const restart = (signal: AbortSignal): Promise<ResultLine | undefined> => {
    const layout = homeLayout({ env: home.env, userHome: home.home, isOurFolder: () => false });
    const input: Restart['input'] = { names: ['a'], timeoutMs: undefined };
    const action: Restart = {
      route: 'POST /v1/restart',
      input,
      isRepeatable: false,
      laterHint: 'see ps',
      signal,
      onProgress: () => undefined,
    };
    return perform({ layout }, action);
  };

  it('waits for it once, 10 s, and says that it has not been done', async () => {
    const begun = systemClock.now();
    const refused = restart(new AbortController().signal).catch((error: unknown) => ({ error, afterMs: systemClock.now() - begun }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await refused).toMatchObject({
      error: { code: 'DAEMON_UNREACHABLE', message: 'the daemon has not answered for 10 s' },
      afterMs: expect.closeTo(10_000, -2) as unknown,
    });
  });

  it('is over at once, without an error, when nobody waits for it any more', async () => {
    const controller = new AbortController();
    const result = restart(controller.signal);
    await vi.advanceTimersByTimeAsync(3_000);
    controller.abort();
    expect(await result).toBeUndefined();
  });
});
