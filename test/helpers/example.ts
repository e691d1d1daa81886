import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestHome } from './home.js';
import { until } from './until.js';

/** Environment variables on top of the home's own. */
type Env = Readonly<Record<string, string>>;

/** A service of the example application that was started directly, without portsup. */
interface ExampleService {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its exit code, or the signal that ended it; once all it said has been read. */
  readonly ended: Promise<number | string>;
}

/** How a command ended and what it said. */
interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a service: the folder it is in (default: the project's `services`), the working folder, its stdin (default: a pipe that stays open). */
interface StartOptions {
  readonly folder?: string;
  readonly cwd?: string;
  readonly stdin?: 'pipe' | 'ignore';
}

/** The example application of this project, started and called as its users do. Everything it starts ends with the home. */
export interface Example {
  start(name: string, env: Env, options?: StartOptions): ExampleService;
  /** Starts a service and waits until it says that it listens. */
  startListening(name: string, env: Env, options?: StartOptions): Promise<ExampleService>;
  client(env: Env, ...words: readonly string[]): Promise<Outcome>;
  /** Runs a program to its end, for at most 10 s. */
  run(program: string, args: readonly string[], env?: Env): Promise<Outcome>;
  /** A copy of the services without their links to node, in a folder of that name below the home. */
  copy(name: string): string;
}

/** Absolute path of the example application. */
export const servicesFolder = fileURLToPath(new URL('../../services', import.meta.url));

/** Does this machine have ::1? */
export const hasIpv6 = (networkInterfaces()['lo'] ?? networkInterfaces()['lo0'] ?? []).some(({ address }) => address === '::1');

/** Makes the example application of one test file. */
export function exampleIn(home: TestHome): Example {
  const start: Example['start'] = (name, env, options = {}) => {
    const { folder = servicesFolder, cwd = '/', stdin = 'pipe' } = options;
    return watch(spawn(`${folder}/${name}`, { cwd, env: { ...home.env, ...env }, stdio: [stdin, 'pipe', 'pipe'] }));
  };
  const run: Example['run'] = (program, args, env = {}) =>
    new Promise((resolve) => {
      execFile(program, args, { env: { ...home.env, ...env }, cwd: '/', timeout: 10_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  return {
    start,
    run,
    startListening: async (name, env, options) => {
      const service = start(name, env, options);
      await until(`${name} listening`, () => service.stdout().includes('Listening'));
      return service;
    },
    client: async (env, ...words) => run(`${servicesFolder}/client`, words, env),
    copy: (name) => {
      cpSync(servicesFolder, home.path(name), { recursive: true, filter: (source) => basename(source) !== '.bin' });
      return home.path(name);
    },
  };
}

/** SERVICE_A_PORT and SERVICE_B_PORT that are free on 127.0.0.1 and ::1, and that no outgoing connection can take. */
export async function freePorts(): Promise<{ readonly SERVICE_A_PORT: string; readonly SERVICE_B_PORT: string }> {
  return { SERVICE_A_PORT: await freePort(), SERVICE_B_PORT: await freePort() };
}

/** The name of a process as `pgrep` compares it; Linux only. */
export function commOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** An XML-RPC call; integers become `<int>`. */
export function callXml(method: string, ...params: readonly number[]): string {
  const values = params.map((param) => `<param><value><int>${param}</int></value></param>`);
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values.join('')}</params></methodCall>`;
}

/** Posts a body to a server and gives back the answer, whose status must be 200. */
export async function post(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', body });
  if (response.status !== 200) throw new Error(`HTTP status ${response.status}`);
  return response.text();
}

const given = new Set<number>();

// Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 on macOS).
async function freePort(): Promise<string> {
  return until('a free port', async () => {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (given.has(port) || !(await isFree(port, '127.0.0.1')) || (hasIpv6 && !(await isFree(port, '::1')))) return false;
    given.add(port);
    return String(port);
  });
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function watch(child: ChildProcess): ExampleService {
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    said.out += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said.err += chunk;
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  // Whoever starts a service need not wait for its end.
  ended.catch(() => undefined);
  return { pid: child.pid ?? -1, child, stdout: () => said.out, stderr: () => said.err, ended };
}
