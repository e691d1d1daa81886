import { once } from 'node:events';
import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { commOf, exampleIn, freePorts, hasIpv6, servicesFolder } from '../helpers/example.js';
import { temporaryHome } from '../helpers/home.js';
import { pgrep } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const home = temporaryHome();
const example = exampleIn(home);
const isLinux = process.platform === 'linux';
afterAll(() => home.dispose());

describe('a service of the example', () => {
  it('says at once that it listens', async () => {
    const env = await freePorts();
    const service = await example.startListening('service_a', env);
    expect(service.stdout()).toBe(`Listening on port ${env.SERVICE_A_PORT}...\n`);
  });

  it.each(['service_a', 'service_b'])('(%s) ends with code 0 when its stdin closes, whatever was written to it', async (name) => {
    const service = await example.startListening(name, await freePorts());
    service.child.stdin?.end('some\nlines\n');
    expect(await service.ended).toBe(0);
  });

  it('ends with code 0 when its stdin is /dev/null, or a pipe whose writer has gone', async () => {
    expect(await example.start('service_a', await freePorts(), { stdin: 'ignore' }).ended).toBe(0);
    const shell = await example.run('sh', ['-c', `: | '${servicesFolder}/service_a'; echo "code $?"`], await freePorts());
    expect(shell.stdout).toMatch(/code 0\n$/);
  });

  it.each(['SIGTERM', 'SIGINT'])('is ended by %s', async (signal) => {
    const service = await example.startListening('service_a', await freePorts());
    process.kill(service.pid, signal);
    expect(await service.ended).toBe(signal);
  });

  it('refuses a port that is none', async () => {
    const service = example.start('service_a', { SERVICE_A_PORT: '80x' });
    expect(await service.ended).toBe(1);
    expect(service.stderr()).toBe('service_a: cannot start: SERVICE_A_PORT is "80x"; it must be a port, 1 to 65535\n');
  });
});

describe('a service whose port is taken', () => {
  it('ends with code 1 and a clear message, even when its stdin is closed', async () => {
    const env = await freePorts();
    await example.startListening('service_a', env);
    const second = example.start('service_a', env, { stdin: 'ignore' });
    expect({ ended: await second.ended, stdout: second.stdout() }).toEqual({ ended: 1, stdout: '' });
    expect(second.stderr()).toBe(
      `service_a: cannot start: address already in use 127.0.0.1:${env.SERVICE_A_PORT}; does another service_a run? "pgrep -x service_a" tells\n`,
    );
  });

  it.skipIf(!hasIpv6)('notices it also where only the IPv6 address is taken', async () => {
    const env = await freePorts();
    const squatter = createServer();
    await once(squatter.listen(Number(env.SERVICE_B_PORT), '::1'), 'listening');
    const service = example.start('service_b', env);
    expect(await service.ended).toBe(1);
    expect(service.stderr()).toContain(`address already in use ::1:${env.SERVICE_B_PORT}`);
    squatter.close();
  });

  it('is every copy but one when several start at once', async () => {
    const env = await freePorts();
    const copies = Array.from({ length: 4 }, () => example.start('service_a', env));
    await until('one copy to listen', () => copies.some((copy) => copy.stdout() !== ''));
    const losers = copies.filter((copy) => copy.stdout() === '');
    expect(losers).toHaveLength(3);
    expect(await Promise.all(losers.map(({ ended }) => ended))).toEqual([1, 1, 1]);
  });
});

describe('the name that pgrep sees', () => {
  it.skipIf(!isLinux).each(['service_a', 'service_b'])('is %s from the first moment after exec, under one PID', async (name) => {
    await example.startListening(name, await freePorts()); // makes the link to node where there is none yet
    const env = await freePorts();
    const service = example.start(name, env);
    const seen = new Set<string>();
    do {
      seen.add(commOf(service.pid));
      await setImmediate();
    } while (service.stdout() === '' && service.child.exitCode === null);
    // What Node 24 calls itself for some 15 ms while it starts; services/lib/title.cjs tells more.
    for (const unavoidable of ['MainThread', 'node-MainThread'])
      if (Number.parseInt(process.versions.node, 10) > 22) seen.delete(unavoidable);
    expect([...seen]).toEqual([name]);
    expect(pgrep(name, `SERVICE_A_PORT=${env.SERVICE_A_PORT}`)).toEqual([service.pid]);
  });

  it('needs no particular folder: spaces in the path, several first starts at once, a relative path', async () => {
    const folder = example.copy('its "own" $pace');
    const first = await Promise.all([1, 2, 3].map(async () => example.startListening('service_a', await freePorts(), { folder })));
    const relative = await example.startListening('service_a', await freePorts(), { folder: './its "own" $pace', cwd: home.home });
    if (isLinux) expect([...first, relative].map(({ pid }) => commOf(pid))).toEqual(Array(4).fill('service_a'));
    expect([...first, relative].map((service) => service.stderr()).join('')).toBe('');
  });

  it('is kept when the link to node dangles: it is made anew', async () => {
    const folder = example.copy('dangling');
    mkdirSync(`${folder}/.bin`);
    symlinkSync('/nowhere/node', `${folder}/.bin/service_a`);
    const service = await example.startListening('service_a', await freePorts(), { folder });
    if (isLinux) expect([commOf(service.pid), readlinkSync(`${folder}/.bin/service_a`)]).toEqual(['service_a', process.execPath]);
    expect(service.stderr()).toBe('');
  });

  it('comes from the title where no link can be made', async () => {
    const folder = example.copy('no-links');
    writeFileSync(`${folder}/.bin`, 'a file where the folder should be');
    const service = await example.startListening('service_a', await freePorts(), { folder });
    if (isLinux) expect(commOf(service.pid)).toBe('service_a');
    expect(service.stderr()).toBe('');
  });

  it('cannot be had without node, and the service says so', async () => {
    const service = example.start('service_a', { PATH: '/nowhere' });
    expect(await service.ended).toBe(127);
    expect(service.stderr()).toBe('service_a: there is no "node" on the PATH; install Node.js 20 or later\n');
  });
});
