import { parentPath } from '../base/names.js';

/** What a journal entry is about. */
export const JOURNAL_EVENTS = [
  'started',
  'ready',
  'exited',
  'restarted',
  'start_failed',
  'stopping',
  'stopped',
  'gave_up',
  'completed',
  'failed',
  'killed',
  'signalled',
  'left_behind',
  'daemon_started',
  'daemon_stopped',
  'adopted',
  'entries_lost',
  'lines_dropped',
  'hook_failed',
  'applied',
  'skipped',
  'watch_stopped',
  'waiting',
  'breaker_melted',
  'breaker_reset',
  'breaker_disabled',
  'breaker_enabled',
  'alarm_set',
  'alarm_cleared',
] as const;

/** OTP's names for reports. */
export const JOURNAL_TYPES = ['progress', 'child_terminated', 'start_error', 'shutdown_error', 'shutdown', 'info'] as const;

const CAUSERS = ['user', 'supervisor', 'probe', 'daemon'] as const;

/** How a run ended; code and signal are both null when it is not known. */
export interface JournalExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** A core dump was found. */
  readonly coreDumped: boolean;
  /** The system killed it, as memory had run out. */
  readonly outOfMemory: boolean;
}

/**
 * One thing that happened: one line of the journal. In one that was read, `event`, `type` and `by` may be words that this version
 * does not know: a newer one has written them.
 */
export interface JournalEntry {
  /** Wall time, ISO 8601. */
  readonly at: string;
  /** Null: of the daemon itself. */
  readonly app: string | null;
  /** "" is the root supervisor; null: of no child. */
  readonly path: string | null;
  /**
   * `entries_lost`: the disk took none of the entries that are missing here; `cause` says how many.
   * `hook_failed`: the command that is run for events or alarms, or the webhook of alarms; first of those in a row. `applied`: an `up` has changed the configuration of what was up.
   * `skipped`: a time of its `cron` has passed without a start. `watch_stopped`: it changes what is watched itself.
   * `waiting`: for what it needs, or for its next attempt. `breaker_...`: somebody has worked a supervisor's circuit breaker by hand. `alarm_set`,
   * `alarm_cleared`: something that lasts is wrong, or is over; `cause` begins with the alarm's id.
   */
  readonly event: (typeof JOURNAL_EVENTS)[number];
  readonly pid: number | null;
  readonly run: number | null;
  readonly exit: JournalExit | null;
  /** One line. */
  readonly cause: string | null;
  readonly by: (typeof CAUSERS)[number];
  readonly type: (typeof JOURNAL_TYPES)[number];
  /** Path of the supervisor of `path`; null for the root and for the daemon. */
  readonly supervisor: string | null;
}

/** What the daemon says of itself. */
export const daemonEntry = (at: string, event: JournalEntry['event'], cause: string | null): JournalEntry => ({
  at,
  app: null,
  path: null,
  event,
  pid: null,
  run: null,
  exit: null,
  cause,
  by: 'daemon',
  type: 'info',
  supervisor: null,
});

/** Output of a run could not be written for so long that it is dropped: from now on (`lines` null), or so many lines were. */
export function droppedEntry(
  at: string,
  { app, path, run }: { readonly app: string; readonly path: string; readonly run: number },
  { lines, cause }: { readonly lines: number | null; readonly cause: string },
): JournalEntry {
  const said =
    lines === null
      ? `its log cannot be written: lines are dropped from now on: ${cause}`
      : `${lines} lines are missing in its log: ${cause}`;
  return { ...daemonEntry(at, 'lines_dropped', said), app, path, run, supervisor: parentPath(path) };
}

/** An entry as it stands in the journal, with its newline. Newlines in it are escaped, as JSON does. */
export const formatEntry = (entry: JournalEntry): string => `${JSON.stringify(entry)}\n`;

/**
 * The entry in one line of a journal; undefined for what is none: torn by a crash, or foreign. Of a line that a newer version has
 * written it is what this one understands: fields that it does not know are left out, those that are missing are null.
 */
export function parseEntry(line: string): JournalEntry | undefined {
  const value = parseObject(line);
  return value && entryIn(value);
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function entryIn({ at, app, path, event, pid, run, exit, cause, by, type, supervisor }: Fields): JournalEntry | undefined {
  const isEntry =
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    [app, path, cause, supervisor].every(isTextOrNone) &&
    [pid, run].every(isNumberOrNone) &&
    [event, by, type].every(isWord) &&
    (isNone(exit) || (isObject(exit) && isNumberOrNone(exit['code']) && isTextOrNone(exit['signal'])));
  if (!isEntry) return undefined;
  const known = { at, app, path, event, pid, run, exit: isObject(exit) ? exitIn(exit) : null, cause, by, type, supervisor };
  return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, value ?? null])) as unknown as JournalEntry;
}

/** Earlier versions knew neither of the last two. */
const exitIn = ({ code, signal, coreDumped, outOfMemory }: Fields): Fields => ({
  code: code ?? null,
  signal: signal ?? null,
  coreDumped: coreDumped === true,
  outOfMemory: outOfMemory === true,
});

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isNone = (value: unknown): boolean => value === null || value === undefined;
const isTextOrNone = (value: unknown): boolean => isNone(value) || typeof value === 'string';
const isNumberOrNone = (value: unknown): boolean => isNone(value) || typeof value === 'number';
const isWord = (value: unknown): boolean => typeof value === 'string' && /^[a-z_]{1,40}$/.test(value);
