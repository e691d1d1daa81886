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
  'killed',
  'left_behind',
  'daemon_started',
  'daemon_stopped',
  'adopted',
  'entries_lost',
] as const;

/** OTP's names for reports. */
export const JOURNAL_TYPES = ['progress', 'child_terminated', 'start_error', 'shutdown_error', 'shutdown', 'info'] as const;

const CAUSERS = ['user', 'supervisor', 'probe', 'daemon'] as const;

/** One thing that happened: one line of the journal. */
export interface JournalEntry {
  /** Wall time, ISO 8601. */
  readonly at: string;
  /** Null: of the daemon itself. */
  readonly app: string | null;
  /** "" is the root supervisor; null: of no child. */
  readonly path: string | null;
  /** `entries_lost`: the disk took none of the entries that are missing here; `cause` says how many. */
  readonly event: (typeof JOURNAL_EVENTS)[number];
  readonly pid: number | null;
  readonly run: number | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** One line. */
  readonly cause: string | null;
  readonly by: (typeof CAUSERS)[number];
  readonly type: (typeof JOURNAL_TYPES)[number];
  /** Path of the supervisor of `path`; null for the root and for the daemon. */
  readonly supervisor: string | null;
}

/** An entry as it stands in the journal, with its newline. Newlines in it are escaped, as JSON does. */
export const formatEntry = (entry: JournalEntry): string => `${JSON.stringify(entry)}\n`;

/** The entry in one line of a journal; undefined for what is none: torn by a crash, foreign, or of a portsup that knows more. */
export function parseEntry(line: string): JournalEntry | undefined {
  const value = parseObject(line);
  return value && isEntry(value) ? value : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function isEntry(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & JournalEntry {
  const { at, app, path, event, pid, run, exit, cause, by, type, supervisor } = value;
  return (
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    [app, path, cause, supervisor].every(isTextOrNull) &&
    [pid, run].every(isNumberOrNull) &&
    (exit === null || (isObject(exit) && isNumberOrNull(exit['code']) && isTextOrNull(exit['signal']))) &&
    isOneOf(JOURNAL_EVENTS, event) &&
    isOneOf(JOURNAL_TYPES, type) &&
    isOneOf(CAUSERS, by)
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';
const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number';
const isOneOf = (known: readonly string[], value: unknown): boolean => typeof value === 'string' && known.includes(value);
