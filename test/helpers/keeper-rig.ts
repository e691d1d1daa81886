/** A real keeper in a folder of its own, with a stub for a daemon that does what the test says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { KeeperNews, KeeperOrder, LaunchAnswer } from '../../src/keeper/protocol.js';
import { type TestHome, temporaryHome } from './home.js';
import { until } from './until.js';

/** What the stub can be told besides orders to the keeper, which it passes on. */
export type StubOrder = { readonly stub: 'exit'; readonly code: number } | { readonly stub: 'disconnect' };
/** What the stub says of itself. */
export type StubNews = { readonly stub: 'started'; readonly pid: number } | { readonly stub: 'signal'; readonly signal: string };

type News = KeeperNews | StubNews;
type NewsNamed<N extends KeeperNews['news']> = Extract<KeeperNews, { news: N }>;

/** How the keeper is to be started. */
export interface RigOptions {
  readonly home?: TestHome;
  /** What the stub does at its start: says ready (default), says failed, or ends with code 7 before saying anything. */
  readonly boot?: 'ready' | 'failed' | 'die';
  readonly env?: Readonly<Record<string, string>>;
  /** File descriptors that the keeper inherits beside the usual ones, by number. */
  readonly extraFds?: Readonly<Record<number, number>>;
}

/** A keeper under test. */
export interface KeeperRig {
  readonly pid: number;
  readonly home: TestHome;
  readonly answer: Promise<LaunchAnswer>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** What the keeper has written to its standard error. */
  readonly log: () => string;
  readonly news: readonly News[];
  order(order: KeeperOrder | StubOrder): void;
  /** Waits for news of this kind (about `key`, if given) that has not been given out before. */
  next<N extends KeeperNews['news']>(news: N, key?: string): Promise<NewsNamed<N>>;
  /** Waits for what the stub says of itself. */
  stub<S extends StubNews['stub']>(kind: S): Promise<Extract<StubNews, { stub: S }>>;
  /** Makes the pipes of a port and spawns its first run; gives back its PID. */
  run(key: string, argv: readonly string[], more?: Partial<SpawnFields>): Promise<number>;
  /** The spawn order of a port whose pipes lie in the home. */
  spawnOrder(key: string, argv: readonly string[], more?: Partial<SpawnFields>): Extract<KeeperOrder, { do: 'spawn' }>;
  makeFifos(paths: readonly string[]): Promise<string | null>;
}

type SpawnFields = Omit<Extract<KeeperOrder, { do: 'spawn' }>, 'do' | 'key' | 'argv'>;

/** Bundles the keeper into the folder of this home, with the stub beside it as daemon.cjs. Gives back the keeper's path. */
export async function bundleKeeper(home: TestHome): Promise<string> {
  const folder = home.path('dist');
  mkdirSync(folder, { recursive: true });
  const entry = fileURLToPath(new URL('../../src/keeper/main.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile: `${folder}/keeper.mjs`, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  copyFileSync(fileURLToPath(new URL('../fixtures/port-daemon.cjs', import.meta.url)), `${folder}/daemon.cjs`);
  return `${folder}/keeper.mjs`;
}

/** Starts a keeper as the command line does. Everything it starts ends with `home.dispose()`. */
export async function startKeeper(keeper: string, options: RigOptions = {}): Promise<KeeperRig> {
  const home = options.home ?? temporaryHome();
  const news: News[] = [];
  const talk = listen(home.path(`stub-${Math.random().toString(36).slice(2)}`), news);
  await once(talk.server, 'listening');
  const env = { ...home.env, STUB_SOCKET: talk.path, STUB_BOOT: options.boot ?? 'ready', ...options.env };
  const child = spawn(process.execPath, [keeper], { cwd: '/', env, detached: true, stdio: stdioWith(options.extraFds ?? {}) });
  const ended = once(child, 'exit').then(([code, signal]) => {
    talk.server.close();
    return { code: code as number | null, signal: signal as string | null };
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  return { pid: child.pid ?? -1, home, answer: launchAnswer(child), ended, log: () => log, news, ...verbs(home, talk, news) };
}

interface Talk {
  readonly path: string;
  readonly server: Server;
  readonly send: (line: string) => void;
}

function listen(path: string, news: News[]): Talk {
  let socket: Socket | undefined;
  const waiting: string[] = [];
  const server = createServer((connected) => {
    socket = connected;
    // ECONNRESET: the stub was killed. What is said while there is none waits for the next.
    connected.on('error', () => undefined);
    connected.on('close', () => {
      if (socket === connected) socket = undefined;
    });
    createInterface({ input: connected }).on('line', (line) => news.push(JSON.parse(line) as News));
    for (const line of waiting.splice(0)) connected.write(line);
  }).listen(path);
  const send = (line: string): void => {
    if (socket) socket.write(line);
    else waiting.push(line);
  };
  return { path, server, send };
}

function verbs(
  home: TestHome,
  talk: Talk,
  news: readonly News[],
): Pick<KeeperRig, 'order' | 'next' | 'stub' | 'run' | 'spawnOrder' | 'makeFifos'> {
  const given = new Set<News>();
  const order: KeeperRig['order'] = (line) => talk.send(`${JSON.stringify(line)}\n`);
  const take = async <T extends News>(what: string, matches: (item: News) => item is T): Promise<T> => {
    const found = await until(what, () => news.find((item): item is T => !given.has(item) && matches(item)), 10_000);
    given.add(found);
    return found;
  };
  const next: KeeperRig['next'] = <N extends KeeperNews['news']>(kind: N, key?: string) =>
    take(
      `${kind} ${key ?? ''}`,
      (item): item is NewsNamed<N> => 'news' in item && item.news === kind && (key === undefined || ('key' in item && item.key === key)),
    );
  const stub: KeeperRig['stub'] = <S extends StubNews['stub']>(kind: S) =>
    take(`stub ${kind}`, (item): item is Extract<StubNews, { stub: S }> => 'stub' in item && item.stub === kind);
  const spawnOrder: KeeperRig['spawnOrder'] = (key, argv, more) => {
    const fifo = (end: string): string => home.path('run', 'fifo', `${key}.${end}`);
    return { do: 'spawn', key, run: 1, argv, cwd: '/', env: { ...home.env }, in: fifo('in'), out: fifo('out'), err: fifo('err'), ...more };
  };
  let id = 0;
  const makeFifos: KeeperRig['makeFifos'] = async (paths) => {
    order({ do: 'make-fifos', id: ++id, paths });
    return (await next('fifos-made')).error;
  };
  const run: KeeperRig['run'] = async (key, argv, more) => {
    const spawnIt = spawnOrder(key, argv, more);
    const problem = await makeFifos([spawnIt.in ?? [], spawnIt.out, spawnIt.err].flat());
    if (problem !== null) throw new Error(problem);
    order(spawnIt);
    return (await next('spawned', key)).pid;
  };
  return { order, next, stub, run, spawnOrder, makeFifos };
}

function stdioWith(extraFds: Readonly<Record<number, number>>): ('ignore' | 'pipe' | number)[] {
  const last = Math.max(3, ...Object.keys(extraFds).map(Number));
  return Array.from({ length: last + 1 }, (_, fd) => (fd === 0 ? 'ignore' : fd <= 3 ? 'pipe' : (extraFds[fd] ?? 'ignore')));
}

async function launchAnswer(child: ChildProcess): Promise<LaunchAnswer> {
  const pipe = child.stdio[3];
  if (!pipe || !('read' in pipe)) throw new Error('the keeper has no file descriptor 3');
  for await (const line of createInterface({ input: pipe })) return JSON.parse(line) as LaunchAnswer;
  throw new Error('the keeper closed its file descriptor 3 without an answer');
}
