/** Sees to it that nothing of a run is left when it is told as ended: first its process group, then what has left that. */
import { homedir } from 'node:os';
import type { Clock, Millis } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Cleared } from '../ports/chase.js';
import { groupGone, type Survivor } from '../ports/groups.js';
import type { Leftovers } from '../ports/leftovers.js';
import { markerOf } from '../ports/marked.js';
import { homeIn } from '../ports/run-marker.js';
import type { Report } from '../supervision/messages.js';
import type { ServiceSpec } from '../supervision/spec.js';
import type { RunName } from './service-environment.js';

/** How long what is left of a run may take to vanish, all in all, before it is reported and left behind. */
const LIMIT_MS: Millis = 5_000;
/** So long is given to what has left the group also where the group has used up all: who was never given the time to die has not resisted. */
const LEAST_MS: Millis = 500;

export interface ClearingOptions {
  readonly clock: Clock;
  readonly leftovers: Leftovers;
  /** How the run's service is configured now; undefined if there is no such service. */
  readonly configured: (name: RunName) => Configured | undefined;
  readonly warn: (message: string) => void;
  readonly report: (report: Report) => void;
}

/** What is known of a run's service. */
export interface Configured {
  readonly orphans: ServiceSpec['orphans'];
  /** The environment that its next run would get. */
  readonly env: () => Readonly<Record<string, string>>;
  /** The user that its next run would run as; undefined: as ourselves. */
  readonly owner: () => number | undefined;
}

/** A run whose main process has ended. */
export interface Ended {
  readonly pid: number;
  /** Others of its process group have been sent SIGKILL and may still be there. */
  readonly groupLeft: boolean;
  /** It was no child of this keeper: what is left of its group has not been signalled. */
  readonly isAdopted: boolean;
  /** The environment it was given; null: not known, it is as configured. */
  readonly env: Readonly<Record<string, string>> | null;
  /** The user that it ran as; undefined: as ourselves, or, where the environment is not known, as configured. */
  readonly owner?: number | undefined;
}

/** Keeps watch over the runs of all services. */
export interface Clearing {
  /** A run has been started; `adopted`: by an earlier daemon. */
  readonly began: (name: RunName, pid: number, adopted: boolean) => void;
  /**
   * Undefined, at once, if nothing is left of the run. Otherwise it resolves when nothing is, or when what is left cannot be
   * killed; who was killed and who was not is reported by name. It never rejects: trouble is told through `warn`.
   */
  readonly ended: (name: RunName, ended: Ended) => Promise<void> | undefined;
  /**
   * The same for all runs of earlier daemons that `isPast` tells, whose main processes have ended: one look at the whole machine for all
   * of them. What is killed is not reported; trouble is told through `warn`.
   */
  readonly past: (isPast: (name: RunName) => boolean) => Promise<void> | undefined;
}

/** A clearing for one daemon. */
export function createClearing(options: ClearingOptions): Clearing {
  const { leftovers, warn } = options;
  const failed = (name: RunName, error: unknown): void => {
    // EMFILE and the like: supervision goes on.
    warn(`${keyOf(name)}: cannot look for what run ${name.run} has left: ${messageOf(error)}`);
  };
  return {
    began: (name, pid, adopted) => {
      try {
        leftovers.began(keyOf(name), pid, adopted);
      } catch (error) {
        failed(name, error);
      }
    },
    ended: (name, ended) => {
      try {
        const clearing = ended.groupLeft ? clearWithGroup(options, name, ended) : clear(options, name, { ...ended, limitMs: LIMIT_MS });
        return clearing?.then(
          (cleared) => tell(options, name, cleared),
          (error: unknown) => failed(name, error),
        );
      } catch (error) {
        failed(name, error);
        return undefined;
      }
    },
    past: (isPast) => clearPast(options, isPast),
  };
}

function clearPast({ leftovers, configured, warn }: ClearingOptions, isPast: (name: RunName) => boolean): Promise<void> | undefined {
  const failed = (error: unknown): void => warn(`cannot look for what earlier runs have left: ${messageOf(error)}`);
  const ownHome = homeIn(process.env, homedir());
  const homeOf = (name: RunName): string => {
    const service = configured(name);
    return service ? markerOf(name, service.env()).home : ownHome;
  };
  try {
    return leftovers
      .clearAll((marker) => isPast(marker) && marker.home === homeOf(marker), LIMIT_MS)
      ?.then(({ left, outran }) => {
        const processes = [...left, ...outran].map(named);
        if (processes.length > 0) warn(`earlier runs have left what could not be killed: ${processes.join(', ')}`);
      }, failed);
  } catch (error) {
    failed(error);
    return undefined;
  }
}

const NOBODY: Cleared = { killed: [], left: [], outran: [] };

async function clearWithGroup(options: ClearingOptions, name: RunName, ended: Ended): Promise<Cleared> {
  const { clock } = options;
  const begun = clock.now();
  const group = await groupGone(ended.pid, clock, LIMIT_MS);
  const { killed, left, outran } =
    (await clear(options, name, { ...ended, limitMs: Math.max(LEAST_MS, LIMIT_MS - (clock.now() - begun)) })) ?? NOBODY;
  const known = new Set(left.map(({ pid }) => pid));
  return { killed, outran, left: [...left, ...group.filter(({ pid }) => !known.has(pid))] };
}

function clear(
  { leftovers, configured }: ClearingOptions,
  name: RunName,
  { pid, env, owner, isAdopted, limitMs }: Ended & { readonly limitMs: Millis },
): Promise<Cleared> | undefined {
  const key = keyOf(name);
  const service = configured(name);
  const isLeft = service?.orphans === 'leave';
  if (isLeft && !isAdopted) {
    leftovers.letGo(key);
    return undefined;
  }
  const marker = markerOf(name, env ?? service?.env() ?? {});
  const who = env === null ? service?.owner() : owner;
  return leftovers.clear({ key, pid, marker, owner: who, group: isLeft ? pid : undefined, limitMs });
}

function tell({ clock, warn, report }: ClearingOptions, name: RunName, { killed, left, outran }: Cleared): void {
  const { app, path, run } = name;
  const common = { at: clock.now(), app, path, pid: null, run, exit: null, by: 'supervisor' } as const;
  if (killed.length > 0) {
    report({ ...common, type: 'info', event: 'killed', cause: { type: 'left_group', processes: killed.map(named) } });
  }
  if (left.length > 0) {
    const processes = left.map(named);
    warn(`${keyOf(name)}: could not be killed and is left behind: ${processes.join(', ')}`);
    report({ ...common, type: 'shutdown_error', event: 'left_behind', cause: { type: 'not_killable', processes } });
  }
  if (outran.length > 0) {
    const processes = outran.map(named);
    warn(`${keyOf(name)}: started others faster than they could be killed, some may be left behind; the last: ${processes.join(', ')}`);
    report({ ...common, type: 'shutdown_error', event: 'left_behind', cause: { type: 'not_outrun', processes } });
  }
}

const keyOf = ({ app, path }: RunName): string => `${app}:${path}`;
const named = ({ pid, name }: Survivor): string => (name === '' ? String(pid) : `${name} (${pid})`);
