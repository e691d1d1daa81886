/** Programs that use `PortsupClient`: they end by themselves, and are otherwise left as they were. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { libraryFile } from '../helpers/library.js';
import { processesWith } from '../helpers/processes.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
let home: TestHome;

beforeEach(() => {
  home = temporaryHome();
  mkdirSync(home.path('node_modules'));
  symlinkSync(root, home.path('node_modules', 'portsup'));
});

afterEach(async () => {
  await home.dispose();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that imports "portsup", to its end; one that hangs is killed after 20 s, which shows in its code. */
function host(name: string, source: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  writeFileSync(home.path(name), source);
  return new Promise((resolve) => {
    const options = { cwd: home.home, env: { ...home.env, ...env }, timeout: 20_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [home.path(name)], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

const services = `{ services: { web: { command: ['sh', '-c', 'echo ready; exec sleep 1000'] } } }`;
const begin = `import { PortsupClient } from 'portsup';\nconst client = new PortsupClient({ app: 'app', startDaemon: true });\n`;

describe('a host', () => {
  it('that uses everything ends by itself with code 0, has printed nothing but its own, and leaves nothing', async () => {
    const { code, stdout, stderr } = await host(
      'all.mjs',
      `${begin}
      const ofHost = () => JSON.stringify([process.eventNames().map((name) => [String(name), process.listenerCount(name)]), process.env, process.umask(), process.cwd(), process.title, process.exitCode ?? null]);
      const before = ofHost();
      await client.up(${services}, { onProgress: () => undefined });
      for await (const line of client.logs({ follow: true })) { console.log(line.text); break; }
      const events = client.events();
      const first = events.next();
      await client.restart('web');
      await client.kill('web');
      await events.return();
      await first;
      await client.status('web');
      await client.runs();
      await client.restartDaemon();
      await client.up('absent.yaml').catch((error) => console.log(error.code));
      await client.ps({ timeoutMs: 60_000 });
      await client.down({ signal: new AbortController().signal });
      console.log(ofHost() === before);`,
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ready\nCONFIG_MISSING\ntrue\n', stderr: '' });
    expect(processesWith(home.home)).toEqual([]);
  });

  it('that leaves services and daemon running ends, too; they outlive it', async () => {
    expect(await host('leaves.mjs', `${begin}await client.up(${services});`)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(processesWith(home.home).map(({ name }) => name)).toEqual(expect.arrayContaining(['portsupd', 'sleep']));
    const { stdout } = await host('down.mjs', `${begin}const { rows } = await client.down();\nconsole.log(rows.length);`);
    expect(stdout).toBe('2\n');
    expect(processesWith(home.home)).toEqual([]);
  });

  it('may be one of several at the same moment: all bring up one application, by one daemon', async () => {
    const source = `${begin}const { rows } = await client.up(${services});\nconsole.log(rows.map(({ pid }) => pid).join(' '), (await client.daemon()).pid);`;
    const ended = await Promise.all(['a.mjs', 'b.mjs', 'c.mjs', 'd.mjs'].map((name) => host(name, source)));
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']));
    expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
    await host('down.mjs', `${begin}await client.down();`);
  });

  it('is not held by lines that nobody asks for any more', async () => {
    const { code, stdout } = await host(
      'forgets.mjs',
      `${begin}
      await client.up(${services});
      const lines = client.logs({ follow: true });
      console.log((await lines.next()).value.text);
      client.events();`,
    );
    expect([code, stdout]).toEqual([0, 'ready\n']);
    await host('down.mjs', `${begin}await client.down();`);
  });

  it('is held by lines that it waits for', async () => {
    const { code, stdout } = await host(
      'waits.mjs',
      `${begin}
      await client.up({ services: { slow: { command: ['sh', '-c', 'sleep 0.5; echo late; exec sleep 1000'] } } });
      for await (const { text } of client.logs({ follow: true })) { console.log(text); break; }
      await client.down();`,
    );
    expect([code, stdout]).toEqual([0, 'late\n']);
  });

  it('hears of every refusal through its promise, never as one that nobody caught', async () => {
    const { code, stdout, stderr } = await host(
      'refused.mjs',
      `${begin}
      process.on('unhandledRejection', () => console.log('unhandled'));
      const refusals = [client.ps(), client.up({ services: 5 }), client.logs().next(), client.up(${services}, { signal: AbortSignal.timeout(1) }), client.up(() => { throw new Error('own'); })];
      for (const result of await Promise.allSettled(refusals)) console.log(result.status, result.reason.code ?? result.reason.message);
      await client.stopDaemon();`,
    );
    const timeout = new DOMException('', 'TimeoutError').code;
    const told = ['DAEMON_NOT_RUNNING', 'CONFIG_INVALID', 'DAEMON_NOT_RUNNING', timeout, 'own'].map((what) => `rejected ${what}\n`);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: told.join(''), stderr: '' });
  });

  it('may be CommonJS, and may be a worker thread', async () => {
    const use = `await client.up(${services});\nconsole.log((await client.ps()).length);\nawait client.up('worker.yaml').catch((error) => console.log(error.code));\nawait client.down();`;
    writeFileSync(home.path('worker.yaml'), 'services: {}\nbad: 1\n');
    const common = `(async () => {\nconst { PortsupClient } = await import('portsup');\nconst client = new PortsupClient({ app: 'app', startDaemon: true });\n${use}\n})();`;
    expect(await host('common.cjs', common)).toEqual({ code: 0, stdout: '2\nCONFIG_INVALID\n', stderr: '' });
    writeFileSync(home.path('thread.mjs'), `${begin}${use}`);
    const main = `import { Worker } from 'node:worker_threads';\nnew Worker(new URL('./thread.mjs', import.meta.url)).on('error', (error) => { throw error; });`;
    expect(await host('threads.mjs', main)).toEqual({ code: 0, stdout: '2\nCONFIG_INVALID\n', stderr: '' });
    expect(processesWith(home.home)).toEqual([]);
  });

  it('sees what a configuration prints on its standard error only', async () => {
    writeFileSync(home.path('talks.mjs'), `console.log('from the configuration');\nexport default { name: 'app', ...${services} };\n`);
    const { stdout, stderr } = await host('hears.mjs', `${begin}await client.up('talks.mjs');\nawait client.down();`);
    expect([stdout, stderr]).toEqual(['', 'from the configuration\n']);
  });
});

describe('importing the library', () => {
  it('loads neither the schema, nor a parser, nor a compiler', () => {
    const loaded = new Map<string, string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      const text = readFileSync(file, 'utf8');
      loaded.set(file, text);
      for (const [, name] of text.matchAll(/(?:from|import)"(\.\/[^"]+)"/g)) load(join(dirname(file), name ?? ''));
    };
    load(libraryFile);
    const all = [...loaded.values()].join('\n');
    expect(all.length).toBeLessThan(16_000);
    expect(all).toContain('defineConfig');
    expect([...all.matchAll(/from"([^."][^"]*)"/g)].map(([, name]) => name)).toEqual(['node:path']);
  });
});
