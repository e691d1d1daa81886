/**
 * Watches files and folders with all that is in them, for as long as it takes: also what is not there yet, and what is removed and made
 * anew. The kernel is asked to watch folders only, never files: a folder tells of the files in it, so that 5000 files in 100 folders cost
 * 100 watches and next to no memory, and a file that is replaced by a rename, as editors save, is not lost. What a folder tells is a hint that
 * something is new there; what is true is looked up when it has been quiet for a while.
 *
 * Symbolic links below what is named are not followed.
 */
import { type FSWatcher, type Stats, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock, Millis } from '../../base/clock.js';
import { errnoOf } from '../../base/errors.js';
import { GITIGNORE, type IgnoreRules, type Layers } from './ignore-rules.js';
import { QuietPeriod } from './quiet-period.js';

/** Where the system's limit is reached it is tried again this often. */
const RETRY_MS: Millis = 10_000;
/** So many files are looked at together. */
const AT_ONCE = 100;

export interface FolderWatchOptions {
  /** Files and folders, absolute; they need not exist. */
  readonly paths: readonly string[];
  readonly rules: IgnoreRules;
  readonly clock: Clock;
  /** Files that have been changed, made or removed; absolute, in order. */
  readonly onChange: (files: readonly string[]) => void;
  /** Not all can be watched (ENOSPC, EMFILE: a limit of the system), or all can be again (null). It is tried again by itself. */
  readonly onTrouble: (error: unknown) => void;
  /** Default: Node's. */
  readonly watchFolder?: (folder: string, options: { readonly persistent: false }) => FSWatcher;
  /** Default: Node's. */
  readonly readFolder?: (folder: string) => Promise<readonly Entry[]>;
}

/** What is in a folder. */
interface Entry {
  readonly name: string;
  readonly isDirectory: () => boolean;
}

interface Folder {
  readonly watcher: FSWatcher;
  /** Tells it from another one of the same path. */
  readonly identity: string;
  readonly layers: Layers;
  /** Names of the files in it, as last seen. */
  readonly files: Set<string>;
}

/** `rename`: a name has come or gone; `change`: what has the name is another inside. A null name is none that can be told. */
type News = (event: string, name: string | null) => void;

const GONE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);
const SHORT: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Owns the watches; after `close` there are none, and nothing is told. */
export class FolderWatch {
  private readonly options: FolderWatchOptions;
  private readonly changes: QuietPeriod<boolean>;
  private readonly folders = new Map<string, Folder>();
  /** For each named path the folder above it that is there, which tells when it comes or goes. */
  private readonly lookouts = new Map<string, FSWatcher>();
  /** The named paths that are files now. */
  private readonly files = new Set<string>();
  private cancelRetry: (() => void) | null = null;
  /** One after the other. */
  private telling = Promise.resolve();
  private isClosed = false;

  constructor(options: FolderWatchOptions) {
    this.options = options;
    this.changes = new QuietPeriod(options.clock, (changed) => {
      // Nothing in here rejects but for a bug, which ends the daemon.
      this.telling = this.telling.then(() => this.tell(changed));
    });
  }

  /** Resolves when everything that is there is watched. */
  async begin(): Promise<void> {
    for (const path of this.options.paths) await this.attend(path, false);
    if (this.cancelRetry === null && !this.isClosed) this.options.onTrouble(null);
  }

  /** Tells of what has changed until now, without waiting until it is quiet. Resolves when that is told. */
  async flush(): Promise<void> {
    this.changes.flush();
    await this.telling;
  }

  close(): void {
    this.isClosed = true;
    this.changes.close();
    this.cancelRetry?.();
    this.dropAll();
  }

  /** How many watches of the kernel there are. */
  get size(): number {
    return this.folders.size + this.lookouts.size;
  }

  /** Looks what is at a named path, having seen to it that whatever becomes of it is told. */
  private async attend(path: string, isNews: boolean): Promise<void> {
    this.lookOut(path);
    const stats = await statsOf(path, stat);
    if (this.isClosed) return;
    if (stats?.isDirectory() === true) return this.enter(path, this.options.rules.above(path), { stats, isNews });
    this.drop(path);
    const wasThere = this.files.delete(path);
    if (stats) this.files.add(path);
    if (isNews && (stats || wasThere)) this.changes.add(path, wasThere);
  }

  private lookOut(path: string): void {
    this.lookouts.get(path)?.close();
    this.lookouts.delete(path);
    for (let [above, below] = [dirname(path), path]; above !== below; [above, below] = [dirname(above), above]) {
      const watcher = this.watchOne(above, this.newsForLookout(path, { above, below }));
      if (watcher === 'gone') continue;
      if (watcher) this.lookouts.set(path, watcher);
      return;
    }
  }

  private newsForLookout(path: string, { above, below }: { readonly above: string; readonly below: string }): News {
    return (event, name) => {
      const isMeant = name === basename(below);
      if (event === 'change') {
        if (isMeant && this.files.has(path)) this.changes.add(path, true);
      } else if (isMeant || name === null || name === basename(above)) void this.attend(path, true);
    };
  }

  /** Watches a folder and all below it, unless it does; where that is news, so are the files in it. */
  private async enter(
    folder: string,
    above: Layers,
    { stats, isNews }: { readonly stats: Stats; readonly isNews: boolean },
  ): Promise<void> {
    const identity = `${stats.dev} ${stats.ino} ${stats.birthtimeMs}`;
    if (this.folders.get(folder)?.identity === identity) return;
    this.drop(folder);
    // Watched before it is read: what comes in between is told twice, and never missed.
    const watcher = this.watchOne(folder, (event, name) => {
      this.onNews(folder, event, name);
    });
    if (watcher === 'gone' || !watcher) return;
    const { rules } = this.options;
    const known: Folder = { watcher, identity, layers: rules.withFile(folder, above), files: new Set() };
    this.folders.set(folder, known);
    for (const entry of await this.entriesOf(folder)) {
      const path = join(folder, entry.name);
      // Replaced, or all is built anew, while it was read.
      if (this.folders.get(folder) !== known) return;
      if (rules.isIgnored(path, entry.isDirectory(), known.layers)) continue;
      if (entry.isDirectory()) await this.enterBelow(path, known.layers, isNews);
      else if (isNews) this.changes.add(path, false);
      else known.files.add(entry.name);
    }
  }

  private async enterBelow(path: string, layers: Layers, isNews: boolean): Promise<void> {
    const stats = await statsOf(path, lstat);
    if (this.isClosed || !this.folders.has(dirname(path))) return;
    if (stats?.isDirectory() === true) await this.enter(path, layers, { stats, isNews });
    else this.drop(path);
  }

  private onNews(folder: string, event: string, name: string | null): void {
    const known = this.folders.get(folder);
    if (!known) return;
    // Moved or removed itself, which the kernel tells under its own name; or something in it has that name.
    if (event === 'rename' && (name === null || name === basename(folder))) void this.lookAgain(folder);
    if (name === null) return;
    const path = join(folder, name);
    const { rules } = this.options;
    if (!rules.isIgnored(path, false, known.layers)) this.changes.add(path, known.files.has(name));
    if (event === 'rename' && !known.files.has(name) && !rules.isIgnored(path, true, known.layers))
      void this.enterBelow(path, known.layers, true);
  }

  private lookAgain(folder: string): Promise<void> {
    const above = this.folders.get(dirname(folder));
    if (above && !this.options.paths.includes(folder)) return this.enterBelow(folder, above.layers, true);
    const named = this.options.paths.find((path) => path === folder);
    return named === undefined ? Promise.resolve() : this.attend(named, true);
  }

  /** Watches nothing at and below this path any more; the files that were there are news. */
  private drop(path: string): void {
    if (!this.folders.has(path)) return;
    for (const [folder, { watcher, files }] of this.folders) {
      if (folder !== path && !folder.startsWith(`${path}/`)) continue;
      watcher.close();
      this.folders.delete(folder);
      for (const name of files) this.changes.add(join(folder, name), true);
    }
  }

  private dropAll(): void {
    for (const { watcher } of this.folders.values()) watcher.close();
    for (const watcher of this.lookouts.values()) watcher.close();
    this.folders.clear();
    this.lookouts.clear();
  }

  private async rebuild(): Promise<void> {
    if (this.isClosed) return;
    this.dropAll();
    await this.begin();
  }

  /** Undefined: it cannot be watched. */
  private watchOne(folder: string, onNews: News): FSWatcher | 'gone' | undefined {
    const { watchFolder = watch } = this.options;
    if (this.isClosed) return undefined;
    try {
      const watcher = watchFolder(folder, { persistent: false });
      watcher.on('change', (event, name) => {
        onNews(event, typeof name === 'string' ? name : null);
      });
      // Some systems tell so of a folder that is removed.
      return watcher.on('error', () => {
        onNews('rename', null);
      });
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      if (GONE.has(errnoOf(error))) return 'gone';
      this.onTrouble(error);
      return undefined;
    }
  }

  /** Empty also where it has gone again, or is not for us to read. */
  private async entriesOf(folder: string): Promise<readonly Entry[]> {
    const { readFolder = entriesIn } = this.options;
    try {
      return await readFolder(folder);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      this.onTrouble(error);
      return [];
    }
  }

  private onTrouble(error: unknown): void {
    if (this.isClosed || !SHORT.has(errnoOf(error)) || this.cancelRetry !== null) return;
    this.options.onTrouble(error);
    this.cancelRetry = this.options.clock.after(RETRY_MS, () => {
      this.cancelRetry = null;
      void this.rebuild();
    });
  }

  /** What was not there before and is not there now, as a file that is written and then renamed, is no news. */
  private async tell(gathered: ReadonlyMap<string, boolean>): Promise<void> {
    const paths = [...gathered];
    const changed: string[] = [];
    for (let index = 0; index < paths.length; index += AT_ONCE) {
      const some = paths.slice(index, index + AT_ONCE);
      const news = await Promise.all(some.map(async ([path, wasThere]) => ((await this.isThere(path)) || wasThere ? path : [])));
      changed.push(...news.flat());
    }
    if (changed.length === 0) return;
    // What changes while all is built anew is not seen, but whoever is told afterwards takes it in.
    if (changed.some((path) => basename(path) === GITIGNORE)) await this.rebuild();
    if (!this.isClosed) this.options.onChange(changed.sort());
  }

  /** Is a file there now? What is known of its folder is brought up to date; a folder that came in its place is watched. */
  private async isThere(path: string): Promise<boolean> {
    const stats = await statsOf(path, lstat);
    const known = this.folders.get(dirname(path));
    if (stats && !stats.isDirectory()) {
      known?.files.add(basename(path));
      return true;
    }
    known?.files.delete(basename(path));
    if (stats && known && !this.options.rules.isIgnored(path, true, known.layers)) await this.enterBelow(path, known.layers, true);
    return false;
  }
}

const entriesIn = (folder: string): Promise<readonly Entry[]> => readdir(folder, { withFileTypes: true });

/** Undefined: nothing is there, or nothing that we may look at. */
async function statsOf(path: string, look: (path: string) => Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await look(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
