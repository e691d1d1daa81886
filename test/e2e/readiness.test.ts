/** `ready`: when a service has started, with real programs, and a daemon that dies meanwhile. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, idle, LiveApp, sh } from '../helpers/live-app.js';
import { halt, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

/** Waits for the file `go`, which the test makes. */
const WAIT = 'until [ -e go ]; do sleep 0.01; done';
const one = (service: Config, more: Config = {}): Config => ({ name: 'shop', services: { a: service, ...more } });
const events = async (): Promise<readonly string[]> => (await app.history('a')).map(({ event }) => event);
const letGo = (): void => writeFileSync(app.path('go'), '');

/** Brings it up without waiting; resolves when it has been executed. */
async function begin(config: Config): Promise<void> {
  app.configure(config);
  await app.do('up', '--no-wait');
  await app.untilService('a', 'is being proved', ({ state, pid }) => state === 'starting' && pid !== null);
}

async function killDaemon(): Promise<void> {
  const { pid } = await app.daemon();
  process.kill(pid, 'SIGKILL');
  await until('there is another daemon', async () => (await app.run('ps')).code === 0 && (await app.daemon()).pid !== pid);
}

/** `up` fails; gives back what it said. */
async function failedUp(config: Config): Promise<string> {
  app.configure(config);
  const { code, stdout, stderr } = await app.run('up');
  expect(code).toBe(1);
  return stdout + stderr;
}

describe('a service with a command that asks', () => {
  it('has started when that ends well, and not before; the next one waits for it', async () => {
    const asks = { exec: sh('echo "$PORTSUP_SERVICE $FROM $PWD" >> asked; [ -e ok ]'), interval: '20ms', timeout: '20s' };
    app.configure(one({ command: idle, env: { FROM: 'service' }, ready: asks }, { b: { command: idle } }));
    await app.do('up', '--no-wait');
    await until('it has been asked three times', () => app.read('asked').split('\n').length > 3);
    expect((await app.service('b')).pid).toBeNull();
    expect((await app.service('a')).ready).toBe(false);
    writeFileSync(app.path('ok'), '');
    await app.untilRun('b', 1);
    expect((await app.service('a')).ready).toBe(true);
    expect(app.read('asked').split('\n')[0]).toBe(`@probe/a service ${app.folder}`);
    expect((await app.logs('a')).map(({ text }) => text)).toEqual(['ready']);
  });

  it('fails with its last line as the cause when it is not ready in time', async () => {
    const said = await failedUp(
      one({ command: idle, ready: { exec: sh('echo looking; echo "no such table"; exit 4'), interval: '50ms', timeout: '400ms' } }),
    );
    expect(said).toContain('not ready within 400ms: exit code 4: no such table');
    expect((await app.service('a')).pid).toBeNull();
  });

  it('kills the command with its group when its time is up, and never has two at once', async () => {
    // Each would see the one before, were that still there; the number is nobody else's on this machine.
    const seconds = `98765.${process.pid}`;
    const line = `pgrep -f "^sleep ${seconds}" >> asked; trap "" TERM; sleep ${seconds} & sleep ${seconds}`;
    const exec = { command: sh(line), timeout: '200ms' };
    const said = await failedUp(one({ command: idle, ready: { exec, interval: '10ms', timeout: '900ms' } }));
    expect(said).toContain('not ready within 900ms: no answer within 200ms');
    await until('nothing is left of it', () => !processesWith(app.home.home).some(({ command }) => command.includes(seconds)));
    expect(app.read('asked')).toBe('');
  });

  it('fails with how long the last try has hung, whatever was answered before', async () => {
    const exec = sh('[ -e asked ] || { echo > asked; exit 5; }; sleep 1000');
    const said = await failedUp(one({ command: idle, ready: { exec, interval: '10ms', timeout: '3s' } }));
    expect(said).toMatch(/not ready within 3s: no answer for [12](\.\d)?s/);
  });

  it('says why a command cannot be run', async () => {
    const said = await failedUp(one({ command: idle, ready: { exec: ['./nowhere'], interval: '50ms', timeout: '300ms' } }));
    expect(said).toMatch(/not ready within 300ms: .*nowhere/);
  });

  it('goes on under the next daemon, with what is left of its time', async () => {
    const asks = { exec: sh('echo x >> asked; [ -e go ]'), interval: '20ms', timeout: '60s' };
    await begin(one({ command: idle, ready: asks }));
    const { pid } = await app.service('a');
    await killDaemon();
    expect(await app.service('a')).toMatchObject({ pid, state: 'starting', run: 1 });
    letGo();
    expect((await app.untilRun('a', 1)).pid).toBe(pid);
  });

  it('fails under the next daemon when its time is over by then', async () => {
    await begin(one({ command: idle, ready: { exec: ['false'], interval: '20ms', timeout: '1500ms' } }));
    await killDaemon();
    await app.untilService('a', 'has failed', ({ state }) => state === 'stopped' || state === 'failed');
    const failed = (await app.history('a')).find(({ event }) => event === 'start_failed' || event === 'stopping');
    expect(failed?.cause).toContain('not ready within 1.5s');
  });
});

describe('a service whose lines tell that it is ready', () => {
  it('has started with its first line, also where that comes at once', async () => {
    for (let round = 1; round <= 5; round += 1) {
      await app.up(one({ command: sh('echo "listening on 80"; exec sleep 1000'), ready: { log: '^listening on \\d+$', timeout: '10s' } }));
      await app.do('down');
    }
  });

  it('is found on its standard error, in colours, in pieces, and only where the whole line fits', async () => {
    const command = sh(
      `echo "not listening"; ${WAIT}; printf '\\033[32mlisten' >&2; sleep 0.05; printf 'ing\\033[0m\\n' >&2; exec sleep 1000`,
    );
    await begin(one({ command, ready: { log: '^listening$', timeout: '20s' } }));
    await app.untilSays('a', /not listening/);
    expect((await app.service('a')).ready).toBe(false);
    letGo();
    await app.untilRun('a', 1);
  });

  it('is not ready by what its run before has said', async () => {
    const command = sh(
      '[ $PORTSUP_RUN -gt 1 ] || echo listening; [ $PORTSUP_RUN -eq 1 ] || { echo second; until [ -e go ]; do sleep 0.01; done; echo listening; }; exec sleep 1000',
    );
    await app.up(one({ command, ready: { log: 'listening', timeout: '20s' } }));
    await app.do('restart', 'a', '--no-wait').catch(async () => app.do('kill', 'a'));
    await app.untilSays('a', /second/);
    expect(await app.service('a')).toMatchObject({ run: 2, ready: false });
    letGo();
    await app.untilRun('a', 2);
  });

  it('is ready by what it said while there was no daemon, and by what it had said before that', async () => {
    const command = sh(`${WAIT}; echo listening; exec sleep 1000`);
    await begin(one({ command, ready: { log: 'listening', timeout: '60s' } }));
    const { pid } = await app.daemon();
    await halt(pid);
    letGo();
    await until('it has said it', () => processesWith(app.home.home).some(({ command: line }) => line === 'sleep 1000'));
    process.kill(pid, 'SIGKILL');
    await app.untilRun('a', 1);
    expect(await events()).toContain('ready');
  });

  it('is found behind more lines than anybody keeps for who reads slowly', async () => {
    const command = sh('seq 1 400000; echo listening; exec sleep 1000');
    await app.up(one({ command, ready: { log: '^listen\\w+$', timeout: '60s' } }));
  });

  it('says that the expression takes too long, and goes on with everything else', async () => {
    const command = sh(`echo ${'a'.repeat(60)}b; exec sleep 1000`);
    const said = await failedUp(one({ command, ready: { log: '^(a+)+$', timeout: '8s' } }));
    expect(said).toContain(
      'not ready within 8s: its lines cannot be looked at: the expression takes too long on some lines; make it simpler',
    );
  });

  it('says only that it was not in time, as there is no answer', async () => {
    expect(await failedUp(one({ command: idle, ready: { log: 'never', timeout: '300ms' } }))).toContain('not ready within 300ms');
  });
});

describe('a service that writes a newline to a descriptor', () => {
  const ready = { fd: 5, timeout: '60s' };

  it('is ready then, has the descriptor open, and no variable more or less for it', async () => {
    const node = [
      'require("node:fs").writeSync(5, "\\n");',
      'console.log(JSON.stringify(process.env));',
      'setInterval(() => undefined, 1000);',
    ];
    const env = { 'spring.port': '77', EMPTY: '', QUOTED: 'a "b" $c \\d' };
    await app.up(
      one(
        { command: [process.execPath, '-e', node.join(' ')], env, ready },
        { b: { command: [process.execPath, '-e', node.slice(1).join(' ')], env } },
      ),
    );
    await app.untilSays('a', /^\{/);
    await app.untilSays('b', /^\{/);
    const told = await app.logs();
    const [a, b] = ['a', 'b'].map((path) => JSON.parse(told.find((line) => line.path === path)?.text ?? '') as Record<string, string>);
    expect({ ...a, PORTSUP_SERVICE: '' }).toEqual({ ...b, PORTSUP_SERVICE: '' });
    expect(a).toMatchObject(env);
  });

  it('is not ready by what an earlier run has written, nor by anything but a newline', async () => {
    const command = sh(
      'printf x >&5; if [ $PORTSUP_RUN -eq 1 ]; then echo >&5; echo >&5; until [ -e first ]; do sleep 0.01; done; exit 3; fi; echo up; until [ -e go ]; do sleep 0.01; done; echo >&5; exec sleep 1000',
    );
    app.configure(one({ command, ready }));
    await app.do('up', '--no-wait');
    await app.untilRun('a', 1);
    writeFileSync(app.path('first'), '');
    await app.untilSays('a', /^up$/);
    expect(await app.service('a')).toMatchObject({ run: 2, ready: false });
    letGo();
    await app.untilRun('a', 2);
  });

  it('is heard by the next daemon, what it wrote while there was none included', async () => {
    await begin(one({ command: sh(`${WAIT}; echo >&5; exec sleep 1000`), ready }));
    const { pid } = await app.daemon();
    await halt(pid);
    letGo();
    await until('it has written', () => processesWith(app.home.home).some(({ command: line }) => line === 'sleep 1000'));
    process.kill(pid, 'SIGKILL');
    await app.untilRun('a', 1);
  });

  it('is not held up by writing more than a pipe holds', async () => {
    await app.up(one({ command: sh('echo >&5; head -c 300000 /dev/zero >&5; echo through; exec sleep 1000'), ready }));
    await app.untilSays('a', /^through$/);
  });
});

const systemdNotify = '/usr/bin/systemd-notify';

describe.runIf(existsSync(systemdNotify))('a service that sends READY=1', () => {
  const ready = { notify: true, timeout: '60s' };

  it('is ready then, and what it says of itself is in its status', async () => {
    await app.up(one({ command: sh(`${systemdNotify} --ready --status="serving 3"; exec sleep 1000`), ready }));
    expect((await app.do('status', 'a')).stdout).toMatch(/^says: +serving 3$/m);
    expect(JSON.parse((await app.do('status', 'a', '--json')).stdout)).toMatchObject({ says: 'serving 3' });
  });

  it('has the variables that it needs, and none that are about another process', async () => {
    app = new LiveApp({ home: app.home, env: { NOTIFY_SOCKET: '/run/other', WATCHDOG_PID: '1', WATCHDOG_USEC: '5' } });
    const command = sh(`${systemdNotify} --ready; env | grep -E "^(NOTIFY|WATCHDOG)"; echo end; exec sleep 1000`);
    await app.up(one({ command, ready }, { b: { command, ready, alive: { notify: true, interval: '20s' } } }));
    await app.untilSays('b', /^end$/);
    const lines = (await app.logs()).map(({ path, text }) => `${path} ${text.replace(/=.*\/n-\w+$/, '=ours')}`);
    expect(lines.sort()).toEqual(['a NOTIFY_SOCKET=ours', 'a end', 'b NOTIFY_SOCKET=ours', 'b WATCHDOG_USEC=20000000', 'b end']);
  });

  it('is heard by the next daemon', async () => {
    await begin(one({ command: sh(`${WAIT}; ${systemdNotify} --ready; exec sleep 1000`), ready }));
    await killDaemon();
    // Its socket is there again soon; until then sending fails, as it does for systemd's own clients without a manager.
    await until('there is a socket again', () => existsSync(join(app.home.path('run'), socketName())));
    letGo();
    await app.untilRun('a', 1);
  });

  const socketName = (): string =>
    /NOTIFY_SOCKET=[^\0]*\/(n-\w+)/.exec(readFileSync(`/proc/${pidOfWaiting()}/environ`, 'utf8'))?.[1] ?? 'none';
  const pidOfWaiting = (): number => processesWith(app.home.home).find(({ command }) => command.includes('until [ -e go ]'))?.pid ?? 0;
});

describe('a service that is ready by its end', () => {
  it('has failed when it has not ended in time', async () => {
    const said = await failedUp(one({ command: idle, restart: 'temporary', ready: { exit: 0, timeout: '300ms' } }));
    expect(said).toContain('not ready within 300ms');
  });
});
