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

  constructor(options: WatchOptions) {
    this.options = options;
  }

  /** These services are all there are. Resolves when all that they want is watched. */
  async plan(services: readonly Placed<Service>[]): Promise<void> {
    const wanted = new Map<string, { readonly watch: WatchSpec; readonly logs: readonly string[] }>();
    const logsOf = logFiles(services);
    for (const { app, node } of services) {
      const logs = logsOf.get(app) ?? [];
      if (node.spec.watch !== null) wanted.set(keyOf(node.spec.watch, logs), { watch: node.spec.watch, logs });
    }
    for (const key of this.watches.keys()) if (!wanted.has(key)) this.end(key);
    const fresh = [...wanted].filter(([key]) => !this.watches.has(key));
    await Promise.all(fresh.map(([key, { watch, logs }]) => this.begin(key, watch, logs)));
  }

  close(): void {
    for (const key of this.watches.keys()) this.end(key);
  }

  private async begin(key: string, { folder, paths, ignore }: WatchSpec, logs: readonly string[]): Promise<void> {
    const { clock, layout } = this.options;
    const watch = new FolderWatch({
      paths,
      clock,
      rules: new IgnoreRules({ folder, patterns: ignore, never: [...ownFiles(layout), ...logs] }),
      onChange: (files) => {
        this.changed(key, folder, files);
      },
      onTrouble: (error) => {
        this.troubled(key, error);
      },
    });
    this.watches.set(key, watch);
    await watch.begin();
  }

  private end(key: string): void {
    this.watches.get(key)?.close();
    this.watches.delete(key);
    this.troubled(key, null);
  }

  private changed(key: string, folder: string, files: readonly string[]): void {
    const services = this.options.services();
    const logsOf = logFiles(services);
    const named = files.slice(0, MOST_FILES).map((file) => relative(folder, file) || file);
    for (const { app, path, node } of services) {
      const { watch } = node.spec;
      if (watch === null || keyOf(watch, logsOf.get(app) ?? []) !== key) continue;
      this.options.runtime.post({ type: 'files-changed', app, path, files: named });
    }
  }

  private troubled(key: string, error: unknown): void {
    if (error === null) this.trouble.delete(key);
    else this.trouble.set(key, error);
    const [first] = this.trouble.values();
    if (first === undefined) this.options.conditions.clear(CONDITION);
    else this.options.conditions.raise(CONDITION, `not all files can be watched for changes: ${messageOf(first)}; ${remedyOf(first)}`);
  }
}

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
