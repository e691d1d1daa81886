/** What the methods of `PortsupClient` are given and give back. Written for the published declarations: they need no other package. */
import type { Change, Failure, PsRow } from '../control/contract.js';
import type { WaitFor } from '../control/registry-rows.js';

/** As much of an AbortSignal as is used: Node's and the DOM's both are one. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Which portsup, and which of its applications. All of it is optional, and as on the command line where it is left out. */
export interface ClientOptions {
  /** As PORTSUP_HOME: the folder of a portsup of its own, relative to `cwd`. Default: what `env` means. */
  readonly home?: string | undefined;
  /**
   * Name of the application that is meant. Default: the one of the configuration `file`, else of the nearest one from `cwd` upwards; where there is none,
   * names are looked for in all applications.
   */
  readonly app?: string | undefined;
  /** Path of a configuration, relative to `cwd`. */
  readonly file?: string | undefined;
  /** Folder where configurations are looked for, and of those that are given as a value. Default: the current one when the client is made. */
  readonly cwd?: string | undefined;
  /** Environment that says where portsup's home is, and that services inherit. Default: `process.env`, as it is at each call. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Does `up` start the daemon where none runs? Default false. */
  readonly startDaemon?: boolean | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. What it has asked for goes on. */
  readonly signal?: AbortSignalLike | undefined;
  /** Milliseconds after which the call rejects with `TIMEOUT`. What it has asked for goes on. Default: none; the daemon has a limit for `up`, `start` and the like. */
  readonly timeoutMs?: number | undefined;
}

/** How far an action is. */
export interface Progress {
  /** So many services are where they are to be ... */
  readonly done: number;
  /** ... of so many. */
  readonly total: number;
  /** The others; `killInMs`: time until SIGKILL, of those that are being stopped. */
  readonly waitingFor: readonly { readonly path: string; readonly state: string; readonly killInMs: number | null }[];
}

/** What every call takes that does something to services. */
export interface ActionOptions extends CallOptions {
  /** Told how far it is, ten times a second while it lasts. What it throws ends the call. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface UpOptions extends ActionOptions {
  /** As `--profile`: services with `profiles` are there only if one of theirs is among these. Default: none. */
  readonly profiles?: readonly string[] | undefined;
  /** Only these services and supervisors, and what they are in. Default: all. */
  readonly names?: string | readonly string[] | undefined;
  /** Restarts what did not change, too. Default false. */
  readonly forceRecreate?: boolean | undefined;
  /** Takes the environment as it is now, and restarts what runs in another one. Default false. */
  readonly updateEnv?: boolean | undefined;
  /** Resolves when all is up. Default true; false: as soon as it has begun, and nothing fails then. */
  readonly wait?: boolean | undefined;
  /** Starts the daemon where none runs. Default: what the client was made with. */
  readonly startDaemon?: boolean | undefined;
}

export type PlanOptions = Omit<UpOptions, 'onProgress' | 'wait' | 'startDaemon'>;

export interface StopOptions extends ActionOptions {
  /** Milliseconds from the stop signal to SIGKILL. Default: `shutdown` of each service. */
  readonly graceMs?: number | undefined;
}

export interface DownOptions extends StopOptions {
  /** All applications. Default false. */
  readonly all?: boolean | undefined;
}

export interface StartOptions extends ActionOptions {
  /** Of a simple_one_for_one supervisor: starts one more instance with these behind its template's command. */
  readonly args?: readonly string[] | undefined;
}

export interface KillOptions extends CallOptions {
  /** Default "SIGKILL". */
  readonly killSignal?: string | undefined;
}

/** What `call` takes. */
export interface ServiceCallOptions {
  /** Gives the call up; it rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** Milliseconds for all of it; then the outcome is a timeout. Default 5000. */
  readonly timeoutMs?: number | undefined;
}

export interface PsOptions extends CallOptions {
  /** Only these, and what is below them. Default: the whole application. */
  readonly names?: string | readonly string[] | undefined;
  /** All applications. Default false. */
  readonly all?: boolean | undefined;
  /** Also looks how much processor and memory each uses, which costs some milliseconds. Default true. */
  readonly usage?: boolean | undefined;
}

export interface HistoryOptions extends CallOptions {
  readonly names?: string | readonly string[] | undefined;
  /** All applications. Default false. */
  readonly all?: boolean | undefined;
  /** So many of the last ones, or Infinity. Default 50; with `since` all. */
  readonly lines?: number | undefined;
  /** Nothing from before; a text is ISO 8601. */
  readonly since?: Date | string | undefined;
}

export interface RunsOptions extends HistoryOptions {
  /** Only runs with this number. */
  readonly run?: number | undefined;
  /** Only runs that ended badly without anybody asking for it. Default false. */
  readonly failed?: boolean | undefined;
  /** Also the entries that belong to no run; they count among `lines`. Default false. */
  readonly others?: boolean | undefined;
}

export interface RunOptions extends CallOptions {
  /** The newest run of this number. Default: the newest. */
  readonly run?: number | undefined;
}

export interface FlushOptions extends CallOptions {
  /** Default: the whole application. */
  readonly names?: string | readonly string[] | undefined;
}

export interface LogsOptions {
  /** Ends the lines: the iterator throws the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** Default: the whole application. */
  readonly names?: string | readonly string[] | undefined;
  /** So many of the last lines over all, or Infinity. Default 50; with `since` all. */
  readonly lines?: number | undefined;
  /** Goes on with what is printed from now on. Default false. */
  readonly follow?: boolean | undefined;
  /** Only this output. Default: both. */
  readonly stream?: 'out' | 'err' | undefined;
  /** Only the newest run of this number. */
  readonly run?: number | undefined;
  /** Only the newest run that has ended. Default false. */
  readonly previous?: boolean | undefined;
  /** Nothing from before; a text is ISO 8601. */
  readonly since?: Date | string | undefined;
  /** Nothing from after. */
  readonly until?: Date | string | undefined;
  /** Only lines that match, looked at without their colours. Of flags only `i`. */
  readonly grep?: string | RegExp | undefined;
  /** Only lines that do not match. Default false. */
  readonly invert?: boolean | undefined;
}

/** Of `alarms`. */
export interface AlarmsOptions extends CallOptions {
  /** Of all applications. */
  readonly all?: boolean | undefined;
}

/** Of `setAlarm` and `clearAlarm`. */
export interface AlarmOptions extends CallOptions {
  /** The alarm is this application's: it is told to that one only, goes with it, and its id begins with "app:". Default: it is nobody's. */
  readonly app?: string | undefined;
}

export interface EventsOptions {
  /** Ends the events: the iterator throws the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** All applications. Default false. */
  readonly all?: boolean | undefined;
}

export interface WaitOptions extends CallOptions {
  /** Default "ready". */
  readonly for?: WaitFor | undefined;
}

export interface MonitorOptions {
  /** Ends the lines: the iterator throws the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** Lines as they come, for one reader: for a `for await`, which closes them when it is left. */
export interface Lines<T> extends AsyncIterable<T> {
  [Symbol.asyncIterator](): Lines<T>;
  next(): Promise<IteratorResult<T, undefined>>;
  /** Closes them, also while `next()` waits: that ends, too. Only for who reads without a loop. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Connects now, and resolves when nothing is missed any more that is printed or happens from then on. Rejects as the first `next()` would. */
  opened(): Promise<void>;
}

/** What came of an action. */
export interface ActionResult {
  /** The application; null where there is not exactly one. */
  readonly app: string | null;
  /** What it was about, as it is now; of what was taken down, as it was. */
  readonly rows: readonly PsRow[];
  /** Of `up`: what changed. */
  readonly changes: readonly Change[];
  /** What did not do what was asked. An action with any rejects, see `ActionError`. */
  readonly failures: readonly Failure[];
}
