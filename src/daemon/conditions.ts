/**
 * What is wrong with the daemon's surroundings and lasts: a full disk, a read-only folder. It stops nothing; it is shown (`ps`,
 * `daemon status`) until it is over, and its beginning and its end are events: an alarm of portsup itself.
 */
import { dirname } from 'node:path';
import { errnoOf, messageOf, shortageOf } from '../base/errors.js';
import type { ConditionRow } from '../control/contract.js';
import type { ConditionId } from './alarms/alarm-ids.js';
import type { AlarmStore } from './alarms/alarm-store.js';

/** The alarms that the daemon sets for itself, by closed names. */
export interface Conditions {
  /**
   * It is so. Raised again it only says what it is now: it began when it began. `text`: one sentence that says what is wrong and what
   * to do.
   */
  raise(id: ConditionId, text: string): void;
  /** It is over. Nothing happens if it was not so. */
  clear(id: ConditionId): void;
  /** Those that last, in the order in which they began. */
  readonly all: () => readonly ConditionRow[];
}

/** Those among these alarms. */
export const createConditions = (alarms: Pick<AlarmStore, 'set' | 'clear' | 'all'>): Conditions => ({
  raise: (id, text) => {
    alarms.set({ id, source: 'portsup', app: null, path: null, text });
  },
  clear: (id) => {
    alarms.clear(id);
  },
  all: () => alarms.all().flatMap(({ id, source, since, text }) => (source === 'portsup' ? [{ id, since, text }] : [])),
});

/** What befalls a file that a service's output goes to. */
export interface LogTrouble {
  readonly service: string;
  readonly file: string;
  /** Why it cannot be written; null: it can be again. */
  readonly error: unknown;
  /** Is what comes dropped by now? Else it waits, and so does the program. */
  readonly isDropped: boolean;
  /** Is it the file of the user's choice? Then the log has the lines all the same. */
  readonly isCopy: boolean;
}

/** Makes one condition of the logs that cannot be written, however many they are: on a full disk it is all of them at once. */
export function watchLogs(conditions: Conditions): (trouble: LogTrouble) => void {
  const logs = watchFiles(conditions, 'logs');
  const copies = watchFiles(conditions, 'copies');
  return (trouble) => {
    if (trouble.isCopy) copies(trouble);
    else logs(trouble);
  };
}

function watchFiles(conditions: Conditions, id: 'logs' | 'copies'): (trouble: LogTrouble) => void {
  const failing = new Map<string, LogTrouble>();
  return (trouble) => {
    if (trouble.error === null) failing.delete(trouble.file);
    else failing.set(trouble.file, trouble);
    const [first] = failing.values();
    if (!first) return conditions.clear(id);
    const others = failing.size === 1 ? '' : ` and ${failing.size - 1} more`;
    const dropped = [...failing.values()].some(({ isDropped }) => isDropped);
    const whose =
      id === 'logs' ? `the output of ${first.service}${others}` : `the plain lines of ${first.service}${others} for ${first.file}`;
    const verb = id === 'logs' ? (dropped ? 'is dropped, counted' : 'waits') : dropped ? 'are dropped, counted' : 'wait';
    const what = `${whose} cannot be written and ${verb}`;
    conditions.raise(id, writeTrouble(what, first.error, dirname(first.file)));
  };
}

/** The keeper cannot write to `file` what the next keeper has to know (`why` begins with the errno), or can again (null). */
export function tellState(conditions: Conditions, why: string | null, file: string): void {
  if (why === null) return conditions.clear('state');
  const error = Object.assign(new Error(why), { code: /^[A-Z]+/.exec(why)?.[0] });
  conditions.raise(
    'state',
    writeTrouble(`should the keeper be killed, services may be restarted, as ${file} cannot be written`, error, file),
  );
}

const FILES = 'files';

/** Is it the lack of open files because of which something failed? Then that is a condition, until {@link canOpenFiles}. */
export function isOutOfFiles(conditions: Conditions, error: unknown): boolean {
  const errno = errnoOf(error);
  const shortage = shortageOf(error);
  if (!shortage || (errno !== 'EMFILE' && errno !== 'ENFILE')) return false;
  conditions.raise(FILES, `the daemon cannot open another file or connection, ${shortage.what}; ${shortage.hint}`);
  return true;
}

/** A file could be opened. */
export function canOpenFiles(conditions: Conditions): void {
  conditions.clear(FILES);
}

/** What is wrong and what to do, in one sentence, when something below `folder` cannot be written. */
export const writeTrouble = (what: string, error: unknown, folder: string): string =>
  `${what}: ${messageOf(error)}; ${remedyOf(error, folder)}`;

function remedyOf(error: unknown, folder: string): string {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `make room on the disk of ${folder}`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `make the folder ${folder}`;
    case 'EROFS':
      return `make the disk of ${folder} writable again`;
    case 'EACCES':
    case 'EPERM':
      return `allow yourself to write in ${folder}`;
    default:
      return shortageOf(error)?.hint ?? `check the disk of ${folder}`;
  }
}
