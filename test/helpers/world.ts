/**
 * A world for the supervision core: a forest, a clock, and puppet processes. Everything is synchronous: `send` runs the event, performs
 * its commands, and feeds back what comes of them until all is quiet. Rules that must hold in every world are checked at each command.
 */
import { childPath } from '../../src/base/names.js';
import type { BreakerVerb, Command, Event, Report } from '../../src/supervision/messages.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { step } from '../../src/supervision/step.js';
import { emptyForest, type Forest, findNode, type Node, type Service, type Supervisor } from '../../src/supervision/tree.js';

/**
 * How a program takes things. obeys: starts at once, ends at its stop signal. ignores: ends at SIGKILL only. fails: cannot be started.
 * puppet: nothing happens by itself, the test answers spawns (`answer`) and ends runs (`die`, `exit`).
 */
export type Manner = 'obeys' | 'ignores' | 'fails' | 'puppet';

/** One run as the world knows it; `pid` null while its spawn is not answered. */
export interface Run {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  /** What it was spawned with. */
  readonly command: readonly string[];
  readonly spawnedAt: number;
  pid: number | null;
  signals: string[];
}

/** What is special about a world: `step` replaces the core's, `manner` is what programs do that no `let` speaks of (default `obeys`). */
export interface WorldOptions {
  readonly step?: typeof step;
  readonly manner?: Manner;
  /** Told about every command before it is performed, with the forest it came with. */
  readonly watch?: (command: Command, world: World) => void;
}

type Ending = { readonly code: number | null; readonly signal: string | null };

export class World {
  readonly app = 'shop';
  forest: Forest = emptyForest;
  now = 1_000;
  /** "start a", "stop a" (its first signal), "kill a" (SIGKILL), "end a", "fail a", "forget a", in order. */
  readonly lines: string[] = [];
  readonly reports: Report[] = [];
  readonly commands: Command[] = [];
  /** Runs that are alive, or whose spawn has not been answered, by path. */
  readonly live = new Map<string, Run>();
  readonly wakes: number[] = [];
  private readonly manners = new Map<string, Manner>();
  private readonly queue: Event[] = [];
  private readonly options: WorldOptions;
  private nextPid = 100;
  private busy = false;

  constructor(options: WorldOptions = {}) {
    this.options = options;
  }

  /** Every program at one of `paths` takes things in this manner from now on. */
  let(manner: Manner, ...paths: readonly string[]): this {
    for (const path of paths) this.manners.set(path, manner);
    return this;
  }

  apply(root: SupervisorSpec, fields: { readonly names?: readonly string[]; readonly recreate?: boolean } = {}): this {
    return this.send({ type: 'apply', root, names: [], recreate: false, ...this.here(), ...fields });
  }

  down = (graceMs: number | null = null): this => this.send({ type: 'down-asked', graceMs, ...this.here() });
  start = (path: string): this => this.send({ type: 'start-asked', path, ...this.here() });
  stop = (paths: OneOrMore, graceMs: number | null = null): this =>
    this.send({ type: 'stop-asked', paths: listed(paths), graceMs, ...this.here() });
  remove = (path: string): this => this.send({ type: 'remove-asked', path, ...this.here() });
  restart = (paths: OneOrMore, graceMs: number | null = null): this =>
    this.send({ type: 'restart-asked', paths: listed(paths), graceMs, ...this.here() });
  kill = (path: string, signal = 'SIGKILL'): this => this.send({ type: 'kill-asked', path, signal, ...this.here() });
  signalTo = (path: string, signal: string): this => this.send({ type: 'signal-asked', path, signal, ...this.here() });
  instance = (path: string, ...args: readonly string[]): this => this.send({ type: 'instance-asked', path, args, ...this.here() });

  cron = (path: string): this => this.send({ type: 'cron-due', path, ...this.here() });
  change = (path: string, ...files: readonly string[]): this => this.send({ type: 'files-changed', path, files, ...this.here() });
  exceed = (path: string, bytes: number): this => {
    const node = this.node(path);
    return this.send({ type: 'memory-exceeded', path, run: node.run, bytes, ...this.here() });
  };

  /** The live run at `path` is ready; one that is ready when it has ended well ends well. */
  ready(path: string): this {
    if (this.service(path).spec.ready?.method.by === 'exit') return this.exit(path, 0);
    return this.send({ type: 'ready', path, run: this.node(path).run, ...this.here() });
  }
  notReady = (path: string, text = 'not ready within 1m: HTTP 503'): this =>
    this.send({ type: 'not-ready', path, run: this.node(path).run, text, ...this.here() });
  unhealthy = (path: string, text = 'HTTP 500 three times'): this =>
    this.send({ type: 'unhealthy', path, run: this.node(path).run, text, ...this.here() });
  watchdog = (name: string, isUp: boolean): this => this.send({ type: 'watchdog-changed', name, isUp, ...this.here() });
  idle = (path: string): this => this.send({ type: 'idle-elapsed', path, run: this.node(path).run, ...this.here() });
  breaker = (verb: BreakerVerb, path: string): this => this.send({ type: 'breaker-asked', path, verb, ...this.here() });

  private isToBeReady(path: string): boolean {
    const node = this.forest.apps[this.app] && findNode(this.root, path);
    return node?.kind === 'service' && node.spec.ready !== null;
  }

  /** Paths of the services that run and are not ready yet, in tree order. */
  proving(): readonly string[] {
    return this.running().filter((path) => {
      const { state } = this.service(path);
      return state.phase === 'running' && state.proving !== null;
    });
  }

  /** The live run at `path` exits. */
  exit = (path: string, code = 1): this => this.end(path, { code, signal: null });
  /** The live run at `path` dies of a signal. */
  die = (path: string, signal = 'SIGSEGV'): this => this.end(path, { code: null, signal });

  /** Several runs end at the same moment, before supervision hears of any. */
  together(...paths: readonly string[]): this {
    this.busy = true;
    for (const path of paths) this.die(path);
    this.busy = false;
    return this.drain();
  }

  /** Answers the spawn of a puppet: it runs, or it could not be started. */
  answer(path: string, failure: string | null = null): this {
    const run = this.runAt(path);
    if (run.pid !== null) throw new Error(`the spawn of ${path} has been answered`);
    if (failure !== null) return this.failed(run, failure);
    run.pid = this.nextPid;
    this.nextPid += 1;
    this.lines.push(`start ${path}`);
    this.send({ type: 'spawned', path, run: run.run, pid: run.pid, ...this.here() });
    return this.mannerOf(path) === 'obeys' && this.isToBeReady(path) ? this.ready(path) : this;
  }

  /** Lets time pass, with a tick at each wake that falls due. */
  pass(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const due = this.wakes.filter((at) => at <= until).sort((left, right) => left - right)[0];
      if (due === undefined) break;
      this.now = Math.max(this.now, due);
      this.wakes.splice(0, this.wakes.length, ...this.wakes.filter((at) => at > this.now));
      this.send({ type: 'tick', at: this.now });
    }
    this.now = until;
    return this;
  }

  /** Runs one event and everything that comes of it. */
  send(event: Event): this {
    this.queue.push(event);
    return this.drain();
  }

  /** The lines since the last call. */
  take(): readonly string[] {
    return this.lines.splice(0);
  }

  get root(): Supervisor {
    const { root } = this.forest.apps[this.app] ?? {};
    if (!root) throw new Error('the application is gone');
    return root;
  }

  node(path: string): Node {
    const node = findNode(this.root, path);
    if (!node) throw new Error(`nothing at "${path}"`);
    return node;
  }

  phase = (path: string): string => this.node(path).state.phase;
  supervisor = (path: string): Supervisor => asKind(this.node(path), 'supervisor');
  service = (path: string): Service => asKind(this.node(path), 'service');

  /** Paths of the running services, in tree order. */
  running(): readonly string[] {
    if (!this.forest.apps[this.app]) return [];
    return nodesOf(this.root).flatMap(([path, { kind, state }]) => (kind === 'service' && state.phase === 'running' ? [path] : []));
  }

  /** "a#2" for each running service: path and number of its run. */
  runs(): readonly string[] {
    return this.running().map((path) => `${path}#${this.service(path).run}`);
  }

  runAt(path: string): Run {
    const run = this.live.get(path);
    if (!run) throw new Error(`no run at "${path}"`);
    return run;
  }

  private here(): { readonly at: number; readonly app: string } {
    return { at: this.now, app: this.app };
  }

  private drain(): this {
    if (this.busy) return this;
    this.busy = true;
    try {
      for (let event = this.queue.shift(); event !== undefined; event = this.queue.shift()) this.perform(event);
    } finally {
      this.busy = false;
    }
    return this;
  }

  private perform(event: Event): void {
    const [forest, commands] = (this.options.step ?? step)(this.forest, event);
    const before = this.forest;
    this.forest = forest;
    for (const command of commands) {
      this.commands.push(command);
      this.options.watch?.(command, this);
      this.obey(command, before);
    }
  }

  private obey(command: Command, before: Forest): void {
    switch (command.do) {
      case 'spawn':
        this.spawn(command.path, command.run);
        return;
      case 'hurry':
        this.awaited(command);
        return;
      case 'signal':
        this.signal(this.aimed(command), command.signal);
        return;
      case 'close-stdin':
        this.aimed(command);
        return;
      case 'wake':
        this.wakes.push(command.at);
        return;
      case 'report':
        this.reports.push(command.report);
        return;
      case 'forget':
        this.forget(command.path, before);
        return;
      default:
        command satisfies never;
    }
  }

  private spawn(path: string, run: number): void {
    if (this.live.has(path)) throw new Error(`two live runs of "${path}"`);
    const { spec } = this.service(path);
    this.live.set(path, { app: this.app, path, run, command: spec.command, spawnedAt: this.now, pid: null, signals: [] });
    const manner = this.mannerOf(path);
    if (manner === 'puppet') this.lines.push(`spawn ${path}`);
    else if (manner === 'fails') this.failed(this.runAt(path), `${spec.command.join(' ')}: no such file`);
    else this.answer(path);
  }

  private mannerOf = (path: string): Manner => this.manners.get(path) ?? this.options.manner ?? 'obeys';

  private failed(run: Run, message: string): this {
    this.live.delete(run.path);
    this.lines.push(`fail ${run.path}`);
    return this.send({ type: 'spawn-failed', path: run.path, run: run.run, message, ...this.here() });
  }

  private signal(run: Run | null, signal: string): void {
    if (run === null) return;
    this.lines.push(signal === 'SIGKILL' ? `kill ${run.path}` : `stop ${run.path}`);
    run.signals.push(signal);
    const manner = this.mannerOf(run.path);
    if (manner === 'puppet' || (manner === 'ignores' && signal !== 'SIGKILL')) return;
    if (run.signals.length === 1 || manner === 'ignores') this.die(run.path, signal);
  }

  /** The run a command is for; null: it has ended, and supervision is about to hear of it. Anything else would reach a stranger. */
  private aimed(command: { readonly path: string; readonly run: number }): Run | null {
    const run = this.live.get(command.path);
    if (run?.run === command.run && run.pid !== null) return run;
    const isOnItsWay = (event: Event): boolean => event.type === 'exited' && event.path === command.path && event.run === command.run;
    if (this.queue.some(isOnItsWay)) return null;
    throw new Error(`a command for run ${command.run} of "${command.path}", which is not alive`);
  }

  /** A run whose spawn has been ordered and of which supervision has not heard. */
  private awaited(command: { readonly path: string; readonly run: number }): void {
    const isOnItsWay = (event: Event): boolean => event.type === 'spawn-failed' && event.path === command.path && event.run === command.run;
    if (this.live.get(command.path)?.run === command.run || this.queue.some(isOnItsWay)) return;
    throw new Error(`run ${command.run} of "${command.path}" is to hurry, which nobody has ordered`);
  }

  private forget(path: string | null, before: Forest): void {
    this.lines.push(`forget ${path ?? '*'}`);
    for (const live of this.live.keys()) {
      if (path === null || live === path || live.startsWith(`${path}/`)) throw new Error(`"${live}" is forgotten while it is alive`);
    }
    const { root } = before.apps[this.app] ?? {};
    if (path !== null && root && !findNode(root, path)) throw new Error(`"${path}" is forgotten but was not there`);
  }

  private end(path: string, ending: Ending): this {
    const run = this.live.get(path);
    if (!run || run.pid === null) throw new Error(`nothing runs at "${path}"`);
    this.live.delete(path);
    this.lines.push(`end ${path}`);
    return this.send({ type: 'exited', path, run: run.run, ...ending, ...this.here() });
  }
}

type OneOrMore = string | readonly string[];

const listed = (paths: OneOrMore): readonly string[] => (typeof paths === 'string' ? [paths] : paths);

/** A world where `root` has been applied and nothing of it is in `lines` any more. */
export function booted(root: SupervisorSpec, options: WorldOptions = {}): World {
  const world = new World(options).apply(root);
  world.take();
  world.reports.splice(0);
  world.commands.splice(0);
  return world;
}

/** Every node of a tree with its path, in tree order, the supervisor itself first. */
export function nodesOf(supervisor: Supervisor, path = ''): readonly (readonly [string, Node])[] {
  const below = supervisor.children.flatMap((child): readonly (readonly [string, Node])[] => {
    const childsPath = childPath(path, child.name);
    return child.kind === 'service' ? [[childsPath, child]] : nodesOf(child, childsPath);
  });
  return [[path, supervisor], ...below];
}

function asKind<K extends Node['kind']>(node: Node, kind: K): Extract<Node, { kind: K }> {
  if (node.kind !== kind) throw new Error(`"${node.name}" is a ${node.kind}`);
  return node as Extract<Node, { kind: K }>;
}
