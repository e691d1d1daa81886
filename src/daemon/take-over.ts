/** The beginning of a daemon: what it takes over from the one before it, or from an earlier keeper. */
import type { KeeperNews } from '../keeper/protocol.js';
import type { Bearer } from '../ports/marked.js';
import type { AppRecord } from './app-registry.js';
import { tellState } from './conditions.js';
import type { DaemonContext } from './context.js';
import { probeOfKey } from './health/probe-name.js';
import { hookOfKey } from './hook-name.js';
import { hookEnvironment } from './hook-run.js';
import { readMemory } from './memory.js';
import { entryOf } from './perform.js';
import { type FoundRun, isAwaited, recover } from './recover.js';
import { resume } from './resume.js';
import { markedEnvironment } from './service-environment.js';
import { inheritedBy, userOf } from './service-user.js';
import { type KnownService, settleStrangers } from './strangers.js';
import { isServicePlace, pidOf, placedNodes } from './view.js';

/** The keeper's first news. */
export type Hello = Extract<KeeperNews, { news: 'hello' }>;

/**
 * Goes on where the daemon before ended, takes back what an earlier keeper has left, or brings up what was up before the machine was
 * started anew: as the keeper says. Resolves with a sentence about it for the history; null: there was nothing.
 */
export async function takeOver(context: DaemonContext, hello: Hello, warn: (message: string) => void): Promise<string | null> {
  context.asked.restore(hello.memory);
  context.alarms.restore(hello.memory);
  context.alarmSources.restore(hello.memory);
  context.health.restore(hello.memory);
  const said = await takeOverServices(context, hello, warn);
  context.hooks.takeOver(hello);
  context.alarmSources.takeOver();
  context.space.begin();
  context.triggers.takeOver(hello.memory);
  context.health.takeOver(hello);
  return said;
}

async function takeOverServices(context: DaemonContext, hello: Hello, warn: (message: string) => void): Promise<string | null> {
  for (const note of hello.notes ?? []) warn(note);
  tellState(context.conditions, hello.stateTrouble ?? null, context.layout.state);
  const { inherited } = hello;
  if (inherited === undefined) return hello.memory.length > 0 ? `took over ${counted(recover(context, hello), 'running service')}` : null;
  const past = inherited === 'adopted' ? understood(context, hello, warn) : null;
  const strangers: Bearer[] = [];
  const mains = await settleStrangers({
    clock: context.clock,
    keeperPid: context.keeper.pid,
    services: past ? servicesOf(hello, past, context.layout.home) : [],
    onEnded: (ended) => {
      tellEnded(context, ended);
      strangers.push(...ended);
    },
    onLeft: (left) => {
      tellLeft(context, left, warn);
    },
  });
  const said = [
    ...(hello.notes ?? []),
    ...(past ? [takenBack(context, hello, mains)] : []),
    ...(inherited === 'over' ? [resumed(context, hello, warn)] : []),
    ...(strangers.length > 0 ? [`ended what no state knows: ${strangers.map(named).join(', ')}`] : []),
  ];
  return said.length > 0 ? said.join('; ') : null;
}

const named = ({ marker, pid }: Bearer): string => `${marker.app}:${marker.path} (${pid})`;

function takenBack(context: DaemonContext, hello: Hello, mains: readonly Bearer[]): string {
  const found = mains.map(({ marker, pid, startTicks }) => ({ key: `${marker.app}:${marker.path}`, pid, startTicks }));
  const count = recover(context, withLost(hello, found), found);
  tellAdopted(context);
  return `took back ${counted(count, 'running service')} of an earlier keeper`;
}

/** Nobody but its parent hears how a process ends: whoever goes by exit codes should know of which runs there will be none. */
function tellAdopted({ record, clock, runtime }: DaemonContext): void {
  for (const { app, path, node } of Object.values(runtime.forest().apps).flatMap(placedNodes).filter(isServicePlace)) {
    const pid = pidOf(node);
    if (pid === null) continue;
    const facts = { type: 'info', event: 'adopted', at: clock.now(), app, path, pid, run: node.run, exit: null, cause: null } as const;
    record({ ...entryOf({ ...facts, by: 'supervisor' }, clock), by: 'daemon', cause: 'its keeper is gone: how it ends will not be known' });
  }
}

/**
 * A run that was about to be started, and that is not there, may have been executed and have ended, a job may be done: so it has
 * ended, nobody knows how. PID 0 stands for the one that nobody has heard of.
 */
export function withLost<H extends Pick<Hello, 'latest' | 'begun'>>(hello: H, found: readonly FoundRun[]): H {
  const there = new Set(found.map(({ key }) => key));
  const heard = new Map(hello.latest.map(({ key, run }) => [key, run]));
  const lost = (hello.begun ?? []).filter(([key, run]) => !there.has(key) && (heard.get(key) ?? 0) < run);
  const news = lost.map(([key, run]) => ({ ...LOST, key, run }));
  const gone = new Set(lost.map(([key]) => key));
  return { ...hello, latest: [...hello.latest.filter(({ key }) => !gone.has(key)), ...news] };
}

const LOST = { news: 'exited', pid: 0, code: null, signal: null, groupLeft: false, adopted: 'missed' } as const;

/** What is remembered; null, and the keeper's file set aside, if that makes no sense. */
function understood({ keeper }: DaemonContext, hello: Hello, warn: (message: string) => void): ReturnType<typeof readMemory> | null {
  try {
    return readMemory(new Map(hello.memory));
  } catch (error) {
    const why = `it cannot be understood (${String(error)})`;
    warn(`the state of an earlier keeper is set aside: ${why}`);
    keeper.send({ do: 'set-aside', why });
    return null;
  }
}

function servicesOf({ latest }: Hello, { forest, records }: ReturnType<typeof readMemory>, home: string): readonly KnownService[] {
  const told = new Map(latest.map(({ key, run }) => [key, run]));
  const envs = new Map(records.map(({ name, env }) => [name, env]));
  const places = Object.values(forest.apps).flatMap(placedNodes).filter(isServicePlace);
  const services = places.map(({ app, path, node }) => {
    const name = { app, path, run: node.run };
    return {
      ...name,
      isAwaited: isAwaited(node) && told.get(`${app}:${path}`) !== node.run,
      orphans: node.spec.orphans,
      env: markedEnvironment(inheritedBy(userOf(node.spec), envs.get(app) ?? {}, node.spec.inheritEnv), node.spec, name),
    };
  });
  return [...services, ...runningHooks(latest, records, home), ...runningProbes(latest, envs)];
}

/** Those of earlier daemons that the keeper holds: no strangers, they may do what they were started for. */
const runningHooks = (latest: Hello['latest'], records: readonly AppRecord[], home: string): readonly KnownService[] =>
  latest.flatMap(({ news, key, run }): readonly KnownService[] => {
    const hook = hookOfKey(key);
    if (!hook || news !== 'spawned') return [];
    const record = records.find(({ name }) => name === hook.app);
    const env = hookEnvironment(record, { ...hook, run }, home);
    return [{ ...hook, run, isAwaited: false, orphans: 'kill', env }];
  });

/** Commands that ask, of earlier daemons: held by the keeper, through which they are ended. */
const runningProbes = (latest: Hello['latest'], envs: ReadonlyMap<string, AppRecord['env']>): readonly KnownService[] =>
  latest.flatMap(({ news, key, run }): readonly KnownService[] => {
    const name = probeOfKey(key);
    if (news !== 'spawned' || !name) return [];
    return [{ ...name, run, isAwaited: false, orphans: 'kill', env: envs.get(name.app) ?? {} }];
  });

function tellEnded({ record, clock }: DaemonContext, ended: readonly Bearer[]): void {
  for (const { pid, name, marker } of ended) {
    const { app, path, run } = marker;
    const cause = { type: 'not_known', processes: [`${name} (${pid})`] } as const;
    const facts = { type: 'info', event: 'killed', at: clock.now(), app, path, pid, run, exit: null, cause, by: 'supervisor' } as const;
    record(entryOf(facts, clock));
  }
}

function tellLeft({ record, clock }: DaemonContext, left: readonly Bearer[], warn: (message: string) => void): void {
  for (const { pid, name, marker } of left) {
    const { app, path, run } = marker;
    const processes = [`${name} (${pid})`];
    warn(`${app}:${path}: run ${run} could not be ended and is left behind: ${processes.join(', ')}`);
    const cause = { type: 'not_killable', processes } as const;
    const facts = { at: clock.now(), app, path, pid, run, exit: null, cause, by: 'supervisor' } as const;
    record(entryOf({ type: 'shutdown_error', event: 'left_behind', ...facts }, clock));
  }
}

function resumed(context: DaemonContext, hello: Hello, warn: (message: string) => void): string {
  try {
    const apps = resume(context, hello.memory);
    context.alarmSources.resumed(apps);
    return `brings up again what was up before: ${apps.join(', ')}`;
  } catch (error) {
    warn(`what was up before cannot be brought up: ${String(error)}`);
    return 'what was up before could not be understood';
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
