/**
 * The files of logs. `db.log` is what a service writes into now; when that has grown enough it is renamed to the next number (`db.log.000001`), and later
 * compressed (`db.log.000001.gz`). Nothing is copied and no number is given twice, so there is no moment between two steps at which a line is missing
 * or there twice. What a program writes itself is called `db.raw` instead.
 */
import { rmSync, statSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';
import { namesIn } from '../base/folders.js';
import { fileStem } from '../base/names.js';

/** A closed part. */
export interface PartFile {
  readonly number: number;
  readonly path: string;
  readonly bytes: number;
  /** Wall time at which it was last written, milliseconds since 1970. */
  readonly endedAt: number;
  readonly isCompressed: boolean;
  readonly isRaw: boolean;
  /** Its first time, where it is known that no time in it is before one that stands further up. Default: it is not. */
  readonly steadyFrom?: number | null | undefined;
}

/** Whatever of a service's log was found on disk. */
export interface FoundLog {
  /** Oldest first. */
  readonly parts: readonly PartFile[];
  /** Bytes of the files that are written into now. */
  readonly openBytes: { readonly log: number; readonly raw: number };
}

/** Path, without extension, of the log files of a service below the folder of all logs. Names hold no dot, so no two services share one. */
export const logStem = (logs: string, app: string, path: string): string => `${logs}/${app}/${fileStem(path)}`;

/** The file that is written into now. */
export const openFile = (stem: string, kind: 'log' | 'raw'): string => `${stem}.${kind}`;

/** The file of a closed part, uncompressed. */
export const partFile = (stem: string, kind: 'log' | 'raw', number: number): string =>
  `${openFile(stem, kind)}.${String(number).padStart(6, '0')}`;

/** Ends the name of a file that is not yet what it is going to be. */
export const UNFINISHED = '.tmp';

const NAME = /^(.+)\.(log|raw)(?:\.(\d{6,15})(\.gz)?)?$/;

interface Growing {
  parts: PartFile[];
  readonly openBytes: { log: number; raw: number };
}

/**
 * All logs in a folder by the last part of their stem. What was being compressed when a daemon was killed is removed.
 *
 * @throws the system's error when the folder is there and cannot be read.
 */
export function findLogs(folder: string): ReadonlyMap<string, FoundLog> {
  const found = new Map<string, Growing>();
  for (const name of namesIn(folder)) {
    if (name.endsWith(`.gz${UNFINISHED}`)) removeFile(`${folder}/${name}`);
    const [, stem, kind, number, gz] = NAME.exec(name) ?? [];
    const stats = stem === undefined ? undefined : statSync(`${folder}/${name}`, { throwIfNoEntry: false });
    if (stem === undefined || !stats?.isFile()) continue;
    const log = found.get(stem) ?? { parts: [], openBytes: { log: 0, raw: 0 } };
    found.set(stem, log);
    if (number === undefined) log.openBytes[kind === 'raw' ? 'raw' : 'log'] = stats.size;
    else {
      const { size: bytes, mtimeMs: endedAt } = stats;
      log.parts.push({
        number: Number(number),
        path: `${folder}/${name}`,
        bytes,
        endedAt,
        isCompressed: gz !== undefined,
        isRaw: kind === 'raw',
      });
    }
  }
  for (const log of found.values()) log.parts = withoutTwins(log.parts);
  return found;
}

/** Removes a file that may be gone already. False: it cannot be removed (EROFS, EACCES, EPERM), or is none. */
export function removeFile(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** In order; of a part that was just compressed when a daemon was killed the original counts. */
function withoutTwins(parts: readonly PartFile[]): PartFile[] {
  const ordered = [...parts].sort((left, right) => left.number - right.number || Number(left.isCompressed) - Number(right.isCompressed));
  return ordered.filter((part, index) => {
    const isTwin = part.isCompressed && ordered[index - 1]?.number === part.number;
    if (isTwin) removeFile(part.path);
    return !isTwin;
  });
}
