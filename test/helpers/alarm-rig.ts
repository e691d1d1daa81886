/** The alarms of a daemon without processes: the real core, loop, performance and outbox, on a clock that stands still. */
import { AlarmSources } from '../../src/daemon/alarms/alarm-sources.js';
import { AlarmStore } from '../../src/daemon/alarms/alarm-store.js';
import { appChange, readMemory } from '../../src/daemon/memory.js';
import { createOutbox, type Outbox } from '../../src/daemon/outbox.js';
import { createPerform } from '../../src/daemon/perform.js';
import { createRuntime, type Runtime } from '../../src/daemon/runtime.js';
import type { JournalEntry } from '../../src/journal/entry.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { findNode, type Service } from '../../src/supervision/tree.js';
import { type ManualClock, manualClock } from './manual-clock.js';

const nothing = (): void => undefined;

/** A daemon's alarms; `next` is the daemon after it, that has only what the keeper has remembered. */
export class AlarmRig {
  readonly clock: ManualClock;
  readonly store: AlarmStore;
  readonly sources: AlarmSources;
  readonly runtime: Runtime;
  /** What was told of alarms, and what befell applications in between, as "event cause". */
  readonly told: string[] = [];
  readonly entries: JournalEntry[] = [];
  /** As the keeper has it: what was sent, nothing else. */
  readonly memory: Map<string, string>;
  isHalting = false;
  private readonly outbox: Outbox;

  constructor(clock: ManualClock = manualClock(), memory: ReadonlyMap<string, string> = new Map()) {
    this.clock = clock;
    this.memory = new Map(memory);
    this.outbox = createOutbox((order) => {
      if (order.do !== 'batch') return;
      for (const [key, text] of order.remember)
        if (text === null) this.memory.delete(key);
        else this.memory.set(key, text);
    });
    const { outbox } = this;
    const record = (entry: JournalEntry): void => {
      this.entries.push(entry);
      if (entry.event.startsWith('alarm_')) this.told.push(`${entry.event} ${entry.cause}`);
    };
    this.store = new AlarmStore({ clock, outbox, record, warn: nothing });
    const forest = (): ReturnType<Runtime['forest']> => this.runtime.forest();
    this.sources = new AlarmSources({ clock, store: this.store, forest, isHalting: () => this.isHalting });
    const noPorts = { spawn: nothing, refuse: nothing, hurry: nothing, signal: nothing, closeStdin: nothing, forget: nothing };
    const ports = { ...noPorts, planLogs: nothing, keepLog: nothing };
    const told = { record, alarms: this.sources, onSpecs: nothing };
    this.runtime = createRuntime(clock, createPerform({ ports, apps: new Map(), outbox, clock, ...told }, nothing));
    this.runtime.onChange(() => this.sources.onForest());
    this.takeOver(memory);
  }

  next(): AlarmRig {
    return new AlarmRig(this.clock, this.memory);
  }

  /** Ids of what is set. */
  get ids(): readonly string[] {
    return this.store.all().map(({ id }) => id);
  }

  /** Brings an application up; all its services are executed. */
  up(app: string, root: SupervisorSpec): void {
    this.outbox.remember([appChange({ name: app, file: '/srv/portsup.yaml', env: {} })]);
    this.runtime.post({ type: 'apply', app, root, names: [], recreate: false });
    this.spawn(app);
  }

  /** Whatever is about to be executed is. */
  spawn(app: string): void {
    const root = this.runtime.forest().apps[app]?.root;
    const visit = (node: NonNullable<typeof root>['children'][number], path: string): void => {
      if (node.kind === 'supervisor') for (const child of node.children) visit(child, path === '' ? child.name : `${path}/${child.name}`);
      else if (node.state.phase === 'starting') {
        this.runtime.post({ type: 'spawned', app, path, run: node.run, pid: 1_000 + node.run });
        this.spawn(app);
      }
    };
    if (root) visit(root, '');
  }

  /** A run ends by itself, and what supervision starts for it is executed. */
  crash(app: string, path: string): void {
    this.runtime.post({ type: 'exited', app, path, run: this.service(app, path).run, code: 1, signal: null });
    this.spawn(app);
  }

  service(app: string, path: string): Service {
    const root = this.runtime.forest().apps[app]?.root;
    const node = root && findNode(root, path);
    if (node?.kind !== 'service') throw new Error(`there is no service ${app}:${path}`);
    return node;
  }

  private takeOver(memory: ReadonlyMap<string, string>): void {
    this.store.restore([...memory]);
    this.sources.restore([...memory]);
    this.runtime.restore(readMemory(memory).forest);
    this.sources.takeOver();
  }
}
