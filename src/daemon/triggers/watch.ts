/** Has services restarted when files change that they watch. Services that watch the same share it. */
import { relative } from 'node:path';
import type { Clock } from '../../base/clock.js';
import { errnoOf, messageOf } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import type { WatchSpec } from '../../supervision/spec.js';
import type { Service } from '../../supervision/tree.js';
import type { Conditions } from '../conditions.js';
import type { Runtime } from '../runtime.js';
import type { Placed } from '../view.js';
import { FolderWatch } from './folder-watch.js';
import { IgnoreRules } from './ignore-rules.js';

/** So many of the files of one change are named. */
const MOST_FILES = 20;
const CONDITION = 'watch';

export interface WatchOptions {
  readonly clock: Clock;
  readonly runtime: Pick<Runtime, 'post'>;
  readonly conditions: Conditions;
  /** Its files are never watched; what else is in that folder may be somebody's project. */
  readonly layout: OwnFiles;
  /** The services as they are now. */
  readonly services: () => readonly Placed<Service>[];
}

type OwnFiles = Pick<HomeLayout, 'runtime' | 'lock' | 'logs' | 'journal' | 'daemonLog' | 'state'>;

/** Owns all watches; after `close` there are none. */
export class WatchTrigger {
  private readonly options: WatchOptions;
  private readonly watches = new Map<string, FolderWatch>();
  /** What cannot be watched, by the watch that is short of it. */
  private readonly trouble = new Map<string, unknown>();
  /** Of each service the watch that it was planned with. */
  private planned: ReadonlyMap<string, string> = new Map();
  /** By watch, the services that it was for until now; for as long as it tells of what has changed until now. */
  private readonly former = new Map<string, ReadonlySet<string>>();
  private isClosed = false;

  constructor(options: WatchOptions) {
    this.options = options;
  }

  /** These services are all there are. Resolves when all that they want is watched. */
  async plan(services: readonly Placed<Service>[]): Promise<void> {
    const wanted = new Map<string, { readonly watch: WatchSpec; readonly logs: readonly string[] }>();
    const planned = new Map<string, string>();
    const logsOf = logFiles(services);
    for (const place of services) {
      const { watch } = place.node.spec;
      if (watch === null) continue;
      const logs = logsOf.get(place.app) ?? [];
      wanted.set(keyOf(watch, logs), { watch, logs });
      planned.set(placeOf(place), keyOf(watch, logs));
    }
    const left = [...leftBy(this.planned, planned)].map(([key, places]) => this.leave(key, places, !wanted.has(key)));
    this.planned = planned;
    const fresh = [...wanted].filter(([key]) => !this.watches.has(key));
    await Promise.all([...left, ...fresh.map(([key, { watch, logs }]) => this.begin(key, watch, logs))]);
  }

  close(): void {
    this.isClosed = true;
    for (const [key, watch] of this.watches) {
      watch.close();
      this.watches.delete(key);
      this.troubled(key, null);
    }
  }

  private async begin(key: string, spec: WatchSpec, logs: readonly string[]): Promise<void> {
    const watch: FolderWatch = new FolderWatch({
      paths: spec.paths,
      clock: this.options.clock,
      rules: this.rulesOf(spec, logs),
      onChange: (files) => {
        this.changed(key, files);
      },
      onTrouble: (error) => {
        if (this.watches.get(key) === watch) this.troubled(key, error);
      },
    });
    this.watches.set(key, watch);
    await watch.begin();
  }

  /** Services have another watch from now on: they are told of what has changed until now. */
  private async leave(key: string, places: ReadonlySet<string>, isLast: boolean): Promise<void> {
    const watch = this.watches.get(key);
    if (!watch) return;
    if (isLast) {
      this.watches.delete(key);
      this.troubled(key, null);
    }
    this.former.set(key, places);
    await watch.flush();
    if (this.former.get(key) === places) this.former.delete(key);
    if (isLast) watch.close();
  }

  private changed(key: string, files: readonly string[]): void {
    if (this.isClosed) return;
    const services = this.options.services();
    const logsOf = logFiles(services);
    for (const place of services) {
      const { app, path, node } = place;
      const { watch } = node.spec;
      if (watch === null) continue;
      const logs = logsOf.get(app) ?? [];
      const isIts = keyOf(watch, logs) === key;
      if (!isIts && this.planned.get(placeOf(place)) !== key && this.former.get(key)?.has(placeOf(place)) !== true) continue;
      const rules = this.rulesOf(watch, logs);
      const meant = isIts ? files : files.filter((file) => isWatched(file, watch, rules));
      if (meant.length === 0) continue;
      const named = meant.slice(0, MOST_FILES).map((file) => relative(watch.folder, file) || file);
      this.options.runtime.post({ type: 'files-changed', app, path, files: named });
    }
  }

  private rulesOf({ folder, ignore }: WatchSpec, logs: readonly string[]): IgnoreRules {
    return new IgnoreRules({ folder, patterns: ignore, never: [...ownFiles(this.options.layout), ...logs] });
  }

  private troubled(key: string, error: unknown): void {
    if (error === null) this.trouble.delete(key);
    else this.trouble.set(key, error);
    const [first] = this.trouble.values();
    if (first === undefined) this.options.conditions.clear(CONDITION);
    else this.options.conditions.raise(CONDITION, `not all files can be watched for changes: ${messageOf(first)}; ${remedyOf(first)}`);
  }
}

/** The services that a watch was for and is for no more, by watch. */
function leftBy(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlySet<string>> {
  const left = new Map<string, Set<string>>();
  for (const [place, key] of before) if (after.get(place) !== key) left.set(key, (left.get(key) ?? new Set()).add(place));
  return left;
}

/** Is a file, which was watched until now, watched by this, too? */
const isWatched = (file: string, { paths }: WatchSpec, rules: IgnoreRules): boolean =>
  paths.some((path) => file === path || file.startsWith(`${path}/`)) && !rules.isIgnored(file, false, []);

const placeOf = ({ app, path }: Placed<Service>): string => `${app}:${path}`;

const ownFiles = ({ runtime, lock, logs, journal, daemonLog, state }: OwnFiles): readonly string[] => [
  runtime,
  lock,
  logs,
  journal,
  daemonLog,
  state,
];

/** The files that the output of each application's services goes to. */
function logFiles(services: readonly Placed<Service>[]): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, Set<string>>();
  for (const { app, node } of services) {
    const { file } = node.spec.logs;
    if (file !== null) files.set(app, (files.get(app) ?? new Set()).add(file));
  }
  return new Map([...files].map(([app, paths]) => [app, [...paths].sort()]));
}

const keyOf = (watch: WatchSpec, logs: readonly string[]): string => JSON.stringify([watch.folder, watch.paths, watch.ignore, logs]);

function remedyOf(error: unknown): string {
  if (errnoOf(error) === 'ENOSPC') return 'raise fs.inotify.max_user_watches (sysctl), or watch less';
  if (errnoOf(error) === 'EMFILE') return 'raise fs.inotify.max_user_instances (sysctl) or the limit of open files (ulimit -n)';
  if (errnoOf(error) === 'ENFILE') return 'raise fs.file-max (sysctl)';
  return 'watch less';
}
