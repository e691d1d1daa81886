import type { Clock } from '../base/clock.js';
import { parentPath } from '../base/names.js';
import type { JournalEntry } from '../journal/entry.js';
import type { MemoryChange } from '../keeper/protocol.js';
import { describeCause } from '../supervision/cause.js';
import type { Report } from '../supervision/messages.js';
import type { ServiceSpec } from '../supervision/spec.js';
import { type Forest, findNode } from '../supervision/tree.js';
import type { AlarmSources } from './alarms/alarm-sources.js';
import type { AppRegistry } from './app-registry.js';
import { wishOf } from './health/wish.js';
import { changesBetween, placeOfSpec } from './memory.js';
import type { Outbox } from './outbox.js';
import type { Execution } from './port.js';
import type { PortRegistry } from './port-registry.js';
import { refusalOr } from './refusal.js';
import type { Effect, Performance } from './runtime.js';
import { type RunName, serviceEnvironment } from './service-environment.js';
import { inheritedBy, userOf } from './service-user.js';
import { exitFactsOf } from './view.js';

export interface PerformOptions {
  readonly ports: Pick<PortRegistry, 'spawn' | 'refuse' | 'hurry' | 'signal' | 'closeStdin' | 'forget' | 'planLogs' | 'keepLog'>;
  readonly apps: AppRegistry;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Takes each report as a journal entry. */
  readonly record: (entry: JournalEntry) => void;
  /** Services have come or gone, or are configured differently. */
  readonly onSpecs: () => void;
  /** What is set by itself, and ends: told of each report when it is recorded, and of what goes before it has gone. */
  readonly alarms: Pick<AlarmSources, 'onReport' | 'onForget'>;
}

/**
 * Carries out what follows from an event: the seam between what is decided and what happens.
 *
 * @param onBug - told of an exception, which then goes on to whoever posted the event. The forest is ahead of what has been ordered then: this
 * daemon must end, and the next one goes on where both were one.
 */
export function createPerform(options: PerformOptions, onBug: (error: unknown) => void): (performance: Performance) => void {
  const { outbox } = options;
  return (performance) => {
    const { effects, before, after } = performance;
    try {
      outbox.gather(() => {
        const changes = changesBetween(before, after);
        outbox.remember(changes);
        planLogs(options, changes, after);
        for (const effect of effects) performOne(options, effect, performance);
        if (changes.some(([key]) => placeOfSpec(key))) options.onSpecs();
      });
    } catch (error) {
      onBug(error);
      throw error;
    }
  };
}

/** Before anything is spawned. An instance of a pool is looked at by itself, as there may be thousands of them. */
function planLogs({ ports }: PerformOptions, changes: readonly MemoryChange[], { apps }: Forest): void {
  const changed = changes.flatMap(([key, text]) => (text === null ? [] : (placeOfSpec(key) ?? [])));
  if (changed.length === 0) return;
  const instances = changed.flatMap(({ app, path }) => {
    const root = apps[app]?.root;
    const node = root && findNode(root, path);
    return node?.kind === 'service' && node.dynamic ? [{ app, path, policy: node.spec.logs }] : [];
  });
  if (instances.length < changed.length) ports.planLogs(Object.values(apps));
  else for (const instance of instances) ports.keepLog(instance);
}

function performOne(options: PerformOptions, effect: Effect, { after: forest, at }: Performance): void {
  const { ports, apps } = options;
  switch (effect.do) {
    case 'spawn':
      return spawn(options, effect, forest);
    case 'hurry':
      return ports.hurry(effect);
    case 'signal':
      return ports.signal(effect, effect.signal);
    case 'close-stdin':
      return ports.closeStdin(effect);
    case 'report':
      options.record(entryOf(effect.report, options.clock));
      return options.alarms.onReport(effect.report);
    case 'forget':
      options.alarms.onForget(effect.app, effect.path, at);
      if (effect.path === null) apps.delete(effect.app);
      return ports.forget(effect.app, effect.path);
    default:
      return effect satisfies never;
  }
}

/** What a spawn needs. */
interface SpawnOptions extends Pick<PerformOptions, 'apps'> {
  readonly ports: Pick<PortRegistry, 'spawn' | 'refuse'>;
}

/** Has a run executed as its service is configured in this forest. */
export function spawn({ ports, apps }: SpawnOptions, name: RunName, forest: Forest): void {
  const root = forest.apps[name.app]?.root;
  const service = root && findNode(root, name.path);
  if (service?.kind !== 'service') throw new Error(`bug: ${name.app}:${name.path} is to be spawned but is no service`);
  const { spec } = service;
  const prepared = refusalOr(() => identityOf(spec, apps, name));
  if (typeof prepared === 'string') return ports.refuse(name, prepared);
  const { command, cwd, stdin, restart } = spec;
  ports.spawn(name, { argv: command, cwd, ...prepared, stdin, writesExit: restart !== 'permanent', channels: wishOf(spec) });
}

/**
 * As whom something of a service is executed, with what environment and within which limits.
 *
 * @throws {@link PortsupError} where that cannot be told, or a file with a value cannot be read.
 */
export function identityOf(spec: ServiceSpec, apps: AppRegistry, name: RunName): Pick<Execution, 'user' | 'env' | 'attributes'> {
  const user = userOf(spec);
  const inherited = inheritedBy(user, apps.get(name.app)?.env ?? {}, spec.inheritEnv);
  const { nice, umask, limits } = spec;
  return { user, env: serviceEnvironment(inherited, spec, name), attributes: { nice, umask, limits } };
}

/** A report as it stands in the journal. */
export function entryOf(report: Report, clock: Clock): JournalEntry {
  const { type, event, app, path, pid, run, by } = report;
  return {
    at: clock.wallTime(report.at).toISOString(),
    app,
    path,
    event,
    pid,
    run,
    exit: report.exit && exitFactsOf(report.exit),
    cause: report.cause && describeCause(report.cause),
    by,
    type,
    supervisor: path === '' ? null : parentPath(path),
  };
}
