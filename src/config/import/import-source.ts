import { PortsupError } from '../../base/errors.js';
import type { ConfigPath } from '../path.js';
import type { Place } from '../source.js';

/** What a file looks like to somebody who has to run it. */
export type FileKind = 'missing' | 'binary' | 'text';

/** Everything a converter knows besides the text: facts, found by the command. */
export interface ImportSource {
  /** The file as people named it, for messages. */
  readonly file: string;
  /** Absolute path of its folder. */
  readonly folder: string;
  /** The same as seen from where portsup.yaml is going to be; "" when it is the same folder. */
  readonly relativeFolder: string;
  /** Names of the files in that folder. */
  readonly siblings: ReadonlySet<string>;
  /** Processors of this machine. */
  readonly processors: number;
  /** This machine's name. */
  readonly hostname: string;
  /** What stands at a path relative to where portsup.yaml is going to be. */
  readonly kindOf: (path: string) => FileKind;
  /** Where a value of the source stands; undefined where the format knows no places. */
  readonly placeOf: (path: ConfigPath) => Place | undefined;
  /** `--env`: whose variables (env_NAME of PM2) are wanted. */
  readonly environment: string | undefined;
}

/** The one error about a source: `FILE:LINE: what is wrong`. */
export function badSource({ file }: Pick<ImportSource, 'file'>, place: Partial<Place> | undefined, wrong: Wrong): PortsupError {
  const where = place?.line === undefined ? file : `${file}:${place.line}${place.column === undefined ? '' : `:${place.column}`}`;
  return new PortsupError('CONFIG_INVALID', `${where}: ${wrong.message}`, wrong.hint, { cause: wrong.cause });
}

/** What is wrong, what to do about it, and what it came from. */
export interface Wrong {
  readonly message: string;
  readonly hint: string;
  readonly cause?: unknown;
}
