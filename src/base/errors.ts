/**
 * The closed table of errors a person can meet: for each code the exit code of the command line and the
 * HTTP status on the control socket. README lists the same codes; a test compares the two.
 */
export const ERRORS = {
  FAILED: { exit: 1, status: 500 },
  START_FAILED: { exit: 1, status: 409 },
  NAME_TAKEN: { exit: 1, status: 409 },
  USAGE: { exit: 2, status: 400 },
  AMBIGUOUS: { exit: 2, status: 409 },
  NOT_PERMITTED: { exit: 4, status: 403 },
  NOT_FOUND: { exit: 5, status: 404 },
  CONFIG_MISSING: { exit: 6, status: 400 },
  CONFIG_INVALID: { exit: 6, status: 422 },
  DAEMON_NOT_RUNNING: { exit: 7, status: 503 },
  DAEMON_UNREACHABLE: { exit: 1, status: 503 },
  TIMEOUT: { exit: 124, status: 504 },
  INTERRUPTED: { exit: 130, status: 499 },
} as const satisfies Record<string, { readonly exit: number; readonly status: number }>;

/** One of the codes of {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;

/** How an error travels over the control socket: the body is `{"error": WireError}`. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * An error caused by input or circumstances, never by a bug: it has a cause in one line (`message`) and a
 * remedy in one line (`hint`, empty only where nothing sensible can be advised).
 */
export class PortsupError extends Error {
  override readonly name = 'PortsupError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** The `code` of a failed system call ("ENOENT"), or undefined when `error` is no such error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The message of anything thrown with its remedy behind it, if it has one: for where there is one line for both. */
export const adviceOf = (error: unknown): string =>
  error instanceof PortsupError && error.hint !== '' ? `${error.message}; ${error.hint}` : messageOf(error);

/** What the system had none left of when a call failed, and the remedy. */
export interface Shortage {
  readonly what: string;
  readonly hint: string;
}

const SHORTAGES: Readonly<Record<string, Shortage>> = {
  EMFILE: { what: 'too many open files', hint: 'raise the limit of open files: "ulimit -n" shows it' },
  ENFILE: { what: 'too many open files in the whole system', hint: 'close some programs, or raise the limit of the system' },
  EAGAIN: { what: 'too many processes', hint: 'raise the limit of processes ("ulimit -u" shows it), or end some' },
  ENOMEM: { what: 'out of memory', hint: 'free some memory, and try again' },
};

/** Why a process could not be started although nothing is wrong with its program; undefined for every other error. */
export function shortageOf(error: unknown): Shortage | undefined {
  const errno = errnoOf(error);
  return errno === undefined ? undefined : SHORTAGES[errno];
}
