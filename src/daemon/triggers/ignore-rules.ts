/** What is not watched: what .gitignore files name, what the configuration names, and what only editors, git and portsup itself write. */
import { statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { errnoOf } from '../../base/errors.js';
import { readSmallFile } from '../../base/read-small-file.js';

/** Patterns of one folder, which count for all below it. */
interface Layer {
  readonly base: string;
  readonly patterns: Ignore;
}

/** The layers that count in a folder, the innermost last. */
export type Layers = readonly Layer[];

/** Never watched below what is named, whatever any file says. */
const NEVER = new Set(['.git', 'node_modules']);
/** What editors write beside a file while it is edited: vim, emacs, JetBrains, GNOME, and backups. */
const EDITORS = /^(?:\..*\.sw[a-z]|\.#.*|#.*#|.*~|.*___jb_(?:tmp|old)___|\.goutputstream-.*|4913|\.DS_Store)$/;

export const GITIGNORE = '.gitignore';
/** A larger one counts for nothing. */
const MOST_BYTES = 1024 * 1024;

export interface IgnoreOptions {
  readonly folder: string;
  /** Patterns as in a .gitignore, from `folder`. */
  readonly patterns: readonly string[];
  /** Files and folders that are never watched, nor what is named after them (`web.log.1`); absolute. */
  readonly never: readonly string[];
}

/** Answers for one `watch`. Paths are absolute. */
export class IgnoreRules {
  private readonly own: Layers;
  private readonly never: readonly string[];
  private readonly folder: string;

  constructor({ folder, patterns, never }: IgnoreOptions) {
    this.folder = folder;
    this.never = never;
    this.own = patterns.length === 0 ? [] : [{ base: folder, patterns: ignore().add([...patterns]) }];
  }

  /** Is this, found in a folder where these layers count, not watched? */
  isIgnored(path: string, isFolder: boolean, layers: Layers): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (NEVER.has(name) || (!isFolder && EDITORS.test(name))) return true;
    if (this.never.some((place) => path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}.`))) return true;
    return isMatched(this.own, path, isFolder) || isMatched(layers, path, isFolder);
  }

  /** The layers that count in a folder, where `above` count in the one it is in and it has a .gitignore that can be read. */
  withFile(folder: string, above: Layers): Layers {
    const found = readSmallFile(join(folder, GITIGNORE), MOST_BYTES);
    return found.is === 'text' ? [...above, { base: folder, patterns: ignore().add(found.text) }] : above;
  }

  /**
   * The layers of the folders that something named in the configuration is in, up to the repository's or the configuration's folder. What is named
   * is watched even if they ignore it: then they count for nothing in it.
   */
  above(path: string): Layers {
    const folders = this.foldersOver(path);
    const layers = folders.reduce<Layers>((above, folder) => this.withFile(folder, above), []);
    return isMatched(layers, path, false) || isMatched(layers, path, true) ? [] : layers;
  }

  /** Outermost first. */
  private foldersOver(path: string): readonly string[] {
    const folders: string[] = [];
    let top = 0;
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      folders.unshift(folder);
      // A repository's own .git is a folder; that of a submodule or of another work tree is a file.
      if (isFile(join(folder, '.git', 'HEAD')) || isFile(join(folder, '.git'))) return folders;
      if (folder === this.folder) top = folders.length;
      if (folder === dirname(folder)) return folders.slice(folders.length - top);
    }
  }
}

/** By the innermost layer that says anything about it. */
function isMatched(layers: Layers, path: string, isFolder: boolean): boolean {
  for (const { base, patterns } of [...layers].reverse()) {
    const inside = relative(base, path);
    if (inside === '' || inside === '..' || inside.startsWith('../')) continue;
    const { ignored, unignored } = patterns.test(isFolder ? `${inside}/` : inside);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** Is it a file that we may know of? Told without opening it, as it may be anything. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    // ENOENT, ENOTDIR: none there; EACCES, ELOOP: none for us.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
