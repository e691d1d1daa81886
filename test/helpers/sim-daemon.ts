/** A daemon of a simulation: the real core, runtime, performance, outbox and recovery; only pipes and logs are left out. */
import type { AppRegistry } from '../../src/daemon/app-registry.js';
import { appChange } from '../../src/daemon/memory.js';
import { createOutbox, type Outbox } from '../../src/daemon/outbox.js';
import { createPerform } from '../../src/daemon/perform.js';
import type { Execution } from '../../src/daemon/port.js';
import type { PortRegistry } from '../../src/daemon/port-registry.js';
import { type RecoverContext, recover } from '../../src/daemon/recover.js';
import { createRuntime, type NewEvent, type Runtime } from '../../src/daemon/runtime.js';
import type { RunName } from '../../src/daemon/service-environment.js';
import { withLost } from '../../src/daemon/take-over.js';
import { placedNodes } from '../../src/daemon/view.js';
import type { KeeperOrder, RunNews } from '../../src/keeper/protocol.js';
import { freshSupervisor } from '../../src/supervision/fresh.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import type { ManualClock } from './manual-clock.js';
import type { SimKeeper, SimNews } from './sim-keeper.js';

/** What a daemon says. */
export type SimOrder = KeeperOrder | { readonly do: 'ready' };

/** The application of every simulation. */
export const APP = 'shop';

const nothing = (): void => undefined;
const noAlarms = { onReport: nothing, onForget: nothing };

export class SimDaemon {
  /** Ordered, and not yet with the keeper. */
  readonly orders: SimOrder[] = [];
  readonly runtime: Runtime;
  private readonly outbox: Outbox;
  private readonly ports: SimPorts;
  private readonly apps: AppRegistry = new Map();
  private isDead = false;

  constructor(clock: ManualClock, past: SimKeeper['past']) {
    const own = {
      ...clock,
      // Timers end with the process; none rings in the past.
      after: (delayMs: number, action: () => void) => clock.after(Math.max(0, delayMs), () => (this.isDead ? undefined : action())),
    };
    this.outbox = createOutbox((order) => {
      this.orders.push(order);
    });
    this.ports = new SimPorts(this.outbox, (event) => this.runtime.post(event));
    const { apps, outbox, ports } = this;
    this.runtime = createRuntime(
      own,
      createPerform({ ports, apps, outbox, clock: own, record: nothing, onSpecs: nothing, alarms: noAlarms }, onBug),
    );
    if (past.memory.length > 0) recover({ apps, ports, runtime: this.runtime }, withLost(past, past.found), past.found);
    this.orders.push({ do: 'ready' });
  }

  /** As the handler of `up`. */
  apply(root: SupervisorSpec, how: { readonly names: readonly string[]; readonly recreate: boolean }): void {
    const record = { name: APP, file: '/srv/portsup.yaml', env: {} };
    const services = placedNodes({ name: APP, root: freshSupervisor(root) }).filter(({ node }) => node.kind === 'service');
    this.ports.prepare(
      APP,
      services.map(({ path }) => path),
    );
    this.apps.set(APP, record);
    this.outbox.remember([appChange(record)]);
    this.runtime.post({ type: 'apply', app: APP, root, ...how });
  }

  hear(news: SimNews): void {
    if (news.news === 'fifos-made') this.ports.made(news.id);
    else this.ports.onNews(news);
  }

  /** What is left of process groups vanishes. */
  clear(): void {
    for (const clear of this.ports.clearing.splice(0)) clear();
  }

  die(): void {
    this.isDead = true;
  }
}

interface SimPort {
  readonly name: { readonly app: string; readonly path: string };
  isMade: boolean;
  isUsed: boolean;
  readonly waiting: (() => void)[];
}

const keyOf = ({ app, path }: { readonly app: string; readonly path: string }): string => `${app}:${path}`;

type SimRegistry = RecoverContext['ports'] & Pick<PortRegistry, 'hurry' | 'signal' | 'closeStdin' | 'forget'>;

/** Does what PortRegistry does towards supervision and keeper. */
class SimPorts implements SimRegistry {
  readonly clearing: (() => void)[] = [];
  private readonly ports = new Map<string, SimPort>();
  private readonly making = new Map<number, readonly SimPort[]>();
  private readonly outbox: Outbox;
  private readonly post: (event: NewEvent) => void;

  constructor(outbox: Outbox, post: (event: NewEvent) => void) {
    this.outbox = outbox;
    this.post = post;
  }

  keepLog(): void {
    // There are no logs here.
  }

  planLogs(): void {
    // There are no logs here.
  }

  prepare(app: string, paths: readonly string[]): void {
    const missing = paths.filter((path) => !this.ports.has(keyOf({ app, path })));
    if (missing.length === 0) return;
    const ports = missing.map((path) => this.add({ app, path }));
    const id = this.making.size;
    this.making.set(id, ports);
    this.outbox.order({ do: 'make-fifos', id, paths: [] });
  }

  made(id: number): void {
    for (const port of this.making.get(id) ?? []) {
      port.isMade = true;
      for (const action of port.waiting.splice(0)) action();
    }
  }

  spawn(name: RunName, execution: Execution): void {
    const key = keyOf(name);
    this.prepare(name.app, [name.path]);
    const port = this.ports.get(key);
    if (!port) return;
    port.isUsed = true;
    const { argv, cwd, env } = execution;
    const execute = (): void => this.outbox.order({ do: 'spawn', key, run: name.run, argv, cwd, env, in: null, out: '', err: '' });
    if (port.isMade) execute();
    else port.waiting.push(execute);
  }

  refuse(name: RunName, message: string): void {
    this.post({ type: 'spawn-failed', ...name, message });
  }

  adopt(name: RunName): void {
    const port = this.add(name);
    port.isMade = true;
    port.isUsed = true;
  }

  disown(key: string): void {
    this.outbox.order({ do: 'forget', key });
  }

  hold(name: RunName, { pid, startTicks }: { readonly pid: number; readonly startTicks: number | null }): void {
    const held = { key: keyOf(name), run: name.run, pid, startTicks, startedAt: 0, in: null, out: '', err: '', exit: null };
    this.outbox.order({ do: 'adopt', held });
  }

  hurry(): void {
    // Nothing stands before its programs.
  }

  signal(name: RunName, signal: string): void {
    this.outbox.order({ do: 'signal', key: keyOf(name), run: name.run, signal });
  }

  closeStdin(name: RunName): void {
    this.outbox.order({ do: 'close-stdin', key: keyOf(name), run: name.run });
  }

  forget(app: string, path: string | null): void {
    for (const [key, { name, isUsed }] of this.ports) {
      const isMeant = name.app === app && (path === null || name.path === path || name.path.startsWith(`${path}/`));
      if (!isMeant || (path !== null && !isUsed)) continue;
      this.ports.delete(key);
      this.outbox.order({ do: 'forget', key });
    }
  }

  onNews(news: Parameters<PortRegistry['onNews']>[0]): void {
    if (news.news === 'hello' || news.news === 'fifos-made' || news.news === 'state-trouble') return;
    const port = this.ports.get(news.key);
    if (!port) return;
    const event = eventOf(port.name, news);
    if (news.news === 'exited' && news.groupLeft) this.clearing.push(() => this.post(event));
    else this.post(event);
  }

  private add({ app, path }: SimPort['name']): SimPort {
    const port: SimPort = { name: { app, path }, isMade: false, isUsed: false, waiting: [] };
    this.ports.set(keyOf(port.name), port);
    return port;
  }
}

/** It fails the test by itself. */
const onBug = (): void => undefined;

function eventOf({ app, path }: SimPort['name'], news: RunNews): NewEvent {
  const { run } = news;
  switch (news.news) {
    case 'spawned':
      return { type: 'spawned', app, path, run, pid: news.pid };
    case 'spawn-failed':
      return { type: 'spawn-failed', app, path, run, message: news.message };
    case 'exited':
      return { type: 'exited', app, path, run, code: news.code, signal: news.signal };
    default:
      return news satisfies never;
  }
}
