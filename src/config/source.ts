import type { ConfigPath } from './path.js';

/** A place in a text file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A configuration as it was read, before any check of its fields. */
export interface ConfigSource {
  /** Plain mappings, lists and scalars without cycles; undefined when nothing could be read. */
  readonly value: unknown;
  /** What was wrong with the file itself: syntax, aliases, exceptions. */
  readonly problems: readonly SourceProblem[];
  /** Where the key or the value of a path stands; undefined where the format knows no places. */
  readonly place: (path: ConfigPath, at: 'key' | 'value') => Place | undefined;
  /** The line of a place with a mark below it, as `excerptOf` has it; none where the format knows no lines. */
  readonly excerpt: (place: Place) => readonly string[];
  /** The number or boolean at a path exactly as it is written (`1.10`, `0755`); undefined for other values and formats. */
  readonly written: (path: ConfigPath) => string | undefined;
}

/** Something wrong with the file itself. */
export interface SourceProblem {
  readonly place: Place | undefined;
  readonly path: ConfigPath;
  readonly message: string;
}

/** Stands for a value that could not be read and is listed in `problems` already; no check says anything about it again. */
export const UNREADABLE: unique symbol = Symbol('unreadable');

/** Deepest nesting of mappings and lists; supervisors nest two levels each. */
export const MAX_DEPTH = 100;
/** Most values a configuration may have once its aliases are expanded; a thousand services have about ten thousand. */
export const MAX_VALUES = 200_000;
