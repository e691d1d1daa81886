/**
 * A daemon and its keeper in memory: two channels whose messages arrive when the schedule says so, processes that end when it says
 * so, a clock that passes when it says so. The daemon can die between any two messages. Same schedule, same result.
 */
import * as fc from 'fast-check';
import { readMemory } from '../../src/daemon/memory.js';
import type { NewEvent } from '../../src/daemon/runtime.js';
import { placedNodes } from '../../src/daemon/view.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import type { Node } from '../../src/supervision/tree.js';
import { EXCESS, withOthers } from './any-tree.js';
import { manualClock } from './manual-clock.js';
import { APP, SimDaemon, type SimOrder } from './sim-daemon.js';
import { SimKeeper, type SimProcess } from './sim-keeper.js';

/** What can happen, and how often in comparison. */
const WEIGHTS = {
  order: 12,
  news: 12,
  quiet: 4,
  clear: 3,
  crash: 6,
  complete: 2,
  obey: 10,
  straggle: 2,
  refuse: 2,
  mend: 2,
  pass: 4,
  apply: 2,
  remove: 1,
  down: 1,
  start: 2,
  stop: 2,
  restart: 2,
  kill: 2,
  instance: 2,
  cron: 2,
  change: 2,
  exceed: 2,
  ready: 4,
  notReady: 2,
  unhealthy: 2,
  watchdog: 2,
  idle: 1,
  breaker: 2,
  die: 5,
  boot: 5,
  lose: 4,
};

/** One step of a schedule: what, and which of the things it can happen to (counted round). */
export interface Step {
  readonly what: keyof typeof WEIGHTS;
  readonly pick: number;
}

/** Up to `maxLength` steps of these kinds; default: of all. */
export function anySchedule(
  maxLength: number,
  whats: readonly Step['what'][] = Object.keys(WEIGHTS) as Step['what'][],
): fc.Arbitrary<readonly Step[]> {
  const what = fc.oneof(...whats.map((name) => ({ arbitrary: fc.constant(name), weight: WEIGHTS[name] })));
  return fc.array(fc.record({ what, pick: fc.nat(1_000) }), { maxLength, size: 'max' });
}

/** What somebody asks for, or a trigger. */
type Asked =
  | 'apply'
  | 'remove'
  | 'down'
  | 'start'
  | 'stop'
  | 'restart'
  | 'kill'
  | 'instance'
  | 'cron'
  | 'change'
  | 'exceed'
  | Seen
  | 'breaker';
/** What is seen by whoever looks at services from outside. */
type Seen = 'ready' | 'notReady' | 'unhealthy' | 'watchdog' | 'idle';
const VERBS = ['melt', 'reset', 'disable', 'enable', 'enable'] as const;

const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)];

export class Simulation {
  readonly clock = manualClock();
  readonly keeper = new SimKeeper();
  daemon: SimDaemon | null;
  deaths = 0;
  losses = 0;
  private readonly specs: readonly SupervisorSpec[];

  /** The first of `specs` is brought up; any of them can be applied later. */
  constructor(specs: readonly SupervisorSpec[]) {
    this.specs = specs;
    this.daemon = new SimDaemon(this.clock, this.keeper.past);
    this.apply(0, { names: [], recreate: false });
  }

  run(schedule: readonly Step[]): this {
    for (const step of schedule) this.step(step);
    return this;
  }

  step({ what, pick }: Step): void {
    switch (what) {
      case 'order':
        return this.deliverOrder();
      case 'news':
        return this.deliverNews();
      case 'quiet':
        return this.quiet();
      case 'clear':
        return this.daemon?.clear();
      case 'die':
        this.die(pick);
        return pick % 3 > 0 ? this.boot() : undefined;
      case 'boot':
        return this.boot();
      case 'lose':
        return this.lose(pick);
      case 'pass':
        return this.clock.pass([1, 10, 60, 400, 6_000][pick % 5] ?? 1);
      case 'crash':
      case 'complete':
      case 'obey':
      case 'straggle':
      case 'refuse':
      case 'mend':
        return this.happen(what, pick);
      default:
        return this.ask(what, pick);
    }
  }

  /** The daemon is killed: what it said arrives up to some message, what it was told is lost. */
  die(pick: number): void {
    const { daemon, keeper } = this;
    if (!daemon) return;
    daemon.die();
    this.deaths += 1;
    for (const order of daemon.orders.splice(0, pick % (daemon.orders.length + 1))) this.obey(order);
    this.daemon = null;
    keeper.news.splice(0);
  }

  /** The keeper is killed in the midst of what it was told to do, and the daemon with it: what was not written down is forgotten. */
  lose(pick: number): void {
    const { daemon, keeper } = this;
    this.losses += 1;
    keeper.dieAfter(pick % 12);
    for (const order of daemon?.orders.splice(0) ?? []) this.obey(order);
    keeper.dieAfter(0);
    daemon?.die();
    this.daemon = null;
  }

  /** The next daemon begins where the last one ended. */
  boot(): void {
    if (this.keeper.isDead) this.keeper.takeOver();
    this.daemon ??= new SimDaemon(this.clock, this.keeper.past);
  }

  /** Everything that was said is heard, and what is due by now is done; nothing else happens. */
  quiet(): void {
    this.boot();
    for (let turn = 0; turn < 10_000; turn += 1) {
      this.clock.pass(0);
      this.daemon?.clear();
      if (this.daemon?.orders.length === 0 && this.keeper.news.length === 0) return this.check();
      this.deliverOrder();
      this.deliverNews();
    }
    throw new Error('keeper and daemon never stop talking');
  }

  /** Lets programs do what they are asked and time pass until nobody waits for anything. One that is deaf ends at SIGKILL only. */
  settle(isDeaf: (key: string) => boolean): void {
    // A slow sibling and a program that can never be started would be restarted together for ever, slower than any budget.
    this.keeper.broken.clear();
    for (let turn = 0; turn < 2_000; turn += 1) {
      this.quiet();
      const asked = [...this.keeper.processes.values()].find((one) => this.ends(one, isDeaf));
      const proving = this.nodes().find(([, { state }]) => state.phase === 'running' && 'proving' in state && state.proving !== null);
      if (asked) this.keeper.end(asked, { code: null, signal: asked.signals.at(-1) ?? 'SIGTERM' });
      else if (proving) this.becomeReady(proving);
      else if (this.clock.nextInMs() === null) return;
      else this.clock.pass(this.clock.nextInMs() ?? 0);
    }
    throw new Error('this simulation never comes to rest');
  }

  /** The nodes of the application with their paths; none while it is not up. */
  nodes(): readonly (readonly [string, Node])[] {
    const application = this.daemon?.runtime.forest().apps[APP];
    return application ? placedNodes(application).map(({ path, node }) => [path, node] as const) : [];
  }

  /** As it has it configured. */
  private becomeReady([path, node]: readonly [string, Node]): void {
    const process = this.keeper.processes.get(`${APP}:${path}`);
    if (node.kind === 'service' && node.spec.ready?.method.by === 'exit' && process) this.keeper.end(process, { code: 0, signal: null });
    else this.daemon?.runtime.post({ type: 'ready', app: APP, path, run: node.run });
  }

  private ends({ key, signals }: SimProcess, isDeaf: (key: string) => boolean): boolean {
    if (signals.length === 0) return false;
    const node = this.nodes().find(([path]) => key === `${APP}:${path}`)?.[1];
    const isLimited = node?.state.phase === 'stopping' && node.state.killAt !== null;
    return !isLimited || !isDeaf(key) || signals.includes('SIGKILL');
  }

  private deliverOrder(): void {
    const order = this.daemon?.orders.shift();
    if (order) this.obey(order);
  }

  private obey(order: SimOrder): void {
    if (order.do === 'ready') this.keeper.ready();
    else this.keeper.obey(order);
  }

  private deliverNews(): void {
    const news = this.daemon && this.keeper.news.shift();
    if (news) this.daemon?.hear(news);
  }

  private happen(what: 'crash' | 'complete' | 'obey' | 'straggle' | 'refuse' | 'mend', pick: number): void {
    const { keeper } = this;
    const alive = [...keeper.processes.values()].filter(({ signals }) => what !== 'obey' || signals.length > 0);
    const chosen = pickOf(alive, pick);
    if (what === 'mend') keeper.broken.clear();
    else if (!chosen) return;
    else if (what === 'refuse') keeper.broken.add(chosen.key);
    else if (what === 'complete') keeper.end(chosen, { code: 0, signal: null });
    else keeper.end(chosen, { code: null, signal: chosen.signals.at(-1) ?? 'SIGSEGV' }, what === 'straggle');
  }

  private ask(what: Asked, pick: number): void {
    const [path, node] = pickOf(this.nodes(), pick) ?? [];
    const graceMs = pick % 3 === 0 ? pick % 100 : null;
    const post = (event: NewEvent): void => this.daemon?.runtime.post(event);
    if (what === 'apply') return this.apply(pick, { names: pick % 3 === 0 && path ? [path] : [], recreate: pick % 7 === 0 });
    if (what === 'down') return post({ type: 'down-asked', app: APP, graceMs });
    if (path === undefined || node === undefined) return;
    const whom = { app: APP, path };
    if (isSeen(what)) return this.see(what, { path, run: node.run }, pick);
    if (what === 'breaker') return post({ type: 'breaker-asked', ...whom, verb: pickOf(VERBS, pick) ?? 'reset' });
    if (what === 'cron') return post({ type: 'cron-due', ...whom });
    if (what === 'change') return post({ type: 'files-changed', ...whom, files: [`src/${pick % 2}`] });
    if (what === 'exceed') return post({ type: 'memory-exceeded', ...whom, run: node.run, bytes: EXCESS });
    if (what === 'remove') return path === '' ? undefined : post({ type: 'remove-asked', ...whom });
    if (what === 'start') post({ type: 'start-asked', ...whom });
    else if (what === 'kill') post({ type: 'kill-asked', ...whom, signal: 'SIGKILL' });
    else if (what === 'instance') post({ type: 'instance-asked', ...whom, args: [] });
    const paths = withOthers(
      this.nodes().map(([other]) => other),
      { path, pick },
    );
    if (what === 'stop' || what === 'restart') post({ type: what === 'stop' ? 'stop-asked' : 'restart-asked', app: APP, paths, graceMs });
  }

  private see(what: Seen, place: { readonly path: string; readonly run: number }, pick: number): void {
    const run = { app: APP, ...place };
    const text = 'HTTP 500';
    const post = (event: NewEvent): void => this.daemon?.runtime.post(event);
    if (what === 'ready') post({ type: 'ready', ...run });
    else if (what === 'notReady') post({ type: 'not-ready', ...run, text });
    else if (what === 'unhealthy') post({ type: 'unhealthy', ...run, text });
    else if (what === 'idle') post({ type: 'idle-elapsed', ...run });
    else post({ type: 'watchdog-changed', app: APP, name: 'outside', isUp: pick % 2 === 0 });
  }

  private apply(pick: number, how: { readonly names: readonly string[]; readonly recreate: boolean }): void {
    const spec = pickOf(this.specs, pick);
    if (spec) this.daemon?.apply(spec, how);
  }

  /** What must hold whenever keeper and daemon have heard everything. */
  private check(): void {
    const forest = this.daemon?.runtime.forest();
    const { memory } = this.keeper.past;
    const remembered = readMemory(new Map(memory)).forest;
    if (JSON.stringify(canonical(remembered)) !== JSON.stringify(canonical(forest))) throw new Error('the keeper remembers something else');
    const services = this.nodes().filter(([, node]) => node.kind === 'service');
    for (const [path, node] of services) this.checkService(path, node);
    for (const { key } of this.keeper.processes.values()) {
      if (!services.some(([path]) => key === `${APP}:${path}`)) throw new Error(`${key} runs and is no service`);
    }
  }

  private checkService(path: string, { state, run }: Node): void {
    const alive = this.keeper.processes.get(`${APP}:${path}`);
    const pid = state.phase === 'running' || state.phase === 'stopping' ? ('pid' in state ? state.pid : undefined) : undefined;
    if (state.phase === 'starting' || pid === null) throw new Error(`${path} waits for news that never comes`);
    if (alive?.pid !== pid) throw new Error(`${path} is ${JSON.stringify(state)} but process ${alive?.pid} runs`);
    if (alive && alive.run !== run) throw new Error(`${path} is in run ${run} but run ${alive.run} is alive`);
    if (state.phase === 'stopping' && state.killAt !== null && state.killAt <= this.clock.now())
      throw new Error(`${path} had to be killed`);
  }
}

const isSeen = (what: Asked): what is Seen => ['ready', 'notReady', 'unhealthy', 'watchdog', 'idle'].includes(what);

/** With the fields of every object in order. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, canonical(part)]));
}
