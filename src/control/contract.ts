/**
 * The wire: every route of the control socket with its query, body and answer. HTTP/1.1 + JSON; errors are
 * `{"error": {code, message, hint}}` with a fitting status; streams are NDJSON. These are not the domain's
 * types: they may only grow within one major version. Bodies are checked by `control/bodies.ts`.
 */
import type { WireError } from '../base/errors.js';
import type { AlarmBody, AlarmCleared, AlarmRow, AlarmSet } from './alarm-rows.js';
import type { SupervisorBody } from './bodies.js';
import type { CallAsked, CallOutcome } from './call-outcome.js';
import type { EventLine, ExitFacts, HistoryEntry, LastExit, RunRow, RunsReply } from './history-rows.js';
import type { AlarmHookBody, HookBody } from './hook-bodies.js';
import type { Flushed, LogLine } from './log-rows.js';
import type { BreakerVerb, Explanation, MonitorLine, MonitorQuery, WaitLine, WaitQuery, Whereabouts } from './registry-rows.js';
import type { ServiceStateName, SupervisorStateName } from './states.js';

export type { AlarmCleared, AlarmRow, AlarmSet } from './alarm-rows.js';
/** @internal */
export type { SupervisorBody } from './bodies.js';
export type { CallDown, CallError, CallOutcome, CallTimeout, CallValue } from './call-outcome.js';
export type { EventLine, ExitFacts, HistoryEntry, LastExit, RunRow, RunsReply } from './history-rows.js';
export type { AlarmHookBody, HookBody } from './hook-bodies.js';
export type { Flushed, LogLine } from './log-rows.js';
export type { ServiceStateName, SupervisorStateName } from './states.js';

/** The end of the last ended run of a service. */
export interface ExitRow extends ExitFacts {
  readonly at: string;
}

interface RowBase {
  readonly app: string;
  /** "/" separated; "" for the root supervisor. */
  readonly path: string;
  readonly desired: 'up' | 'stopped';
  readonly restarts: number;
  readonly startedAt: string | null;
  readonly uptimeMs: number | null;
  /** One line: the last cause. */
  readonly why: string | null;
  /** What its log, or the logs of all below it, take on disk. */
  readonly logBytes: number;
  /** When it is tried again: after its `backoff`, or of a supervisor `reset_after`; null: it does not wait for that. */
  readonly nextAttempt: string | null;
  /** What it needs and waits for, as it is not up. */
  readonly waitsFor: readonly string[];
  /** Of a supervisor; `blown`: it has given up; `disabled`: somebody keeps it open. Null for services. */
  readonly breaker: 'ok' | 'blown' | 'disabled' | null;
}

export interface ServiceRow extends RowBase {
  readonly kind: 'service';
  readonly state: ServiceStateName;
  readonly ready: boolean | null;
  readonly pid: number | null;
  readonly run: number;
  readonly exit: ExitRow | null;
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly processes: number | null;
  /** When its `cron` comes next; null: never, or it has none. */
  readonly nextCron: string | null;
}

export interface SupervisorRow extends RowBase {
  readonly kind: 'supervisor';
  readonly state: SupervisorStateName;
  readonly ready: null;
  readonly pid: null;
  /** How many times it has been started. */
  readonly run: number;
  readonly exit: null;
  readonly cpuPercent: null;
  readonly memoryBytes: null;
  readonly processes: null;
  readonly nextCron: null;
  readonly strategy: string;
  readonly intensity: number;
  readonly periodMs: number;
  readonly restartsInWindow: number;
}

/** One object of `ps --json`, in tree order. */
export type PsRow = ServiceRow | SupervisorRow;

/** `status NAME --json`: a row with what it was configured as and the PIDs of its processes. */
export type StatusReply = PsRow & {
  /** As configured; of `env` only the names, never a value. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly pids: readonly number[];
  /** Its last three runs that have ended, oldest first (services only). */
  readonly lastExits: readonly LastExit[];
  /** The last lines of its output, oldest first (services only). */
  readonly lastLines: readonly LogLine[];
  /** Those about itself; of an application's root also those about the application. */
  readonly alarms: readonly AlarmRow[];
  /** The budget that its next crash is charged to. */
  readonly budget: { readonly supervisor: string; readonly left: number; readonly intensity: number; readonly periodMs: number } | null;
  /** What it says of itself (sd_notify: STATUS=); null: nothing. An older daemon leaves it out, as it does the next one. */
  readonly says?: string | null;
  /** What its `ready` or `alive` found the last time; null: nobody has asked. `text` is empty where it was well. */
  readonly lastAnswer?: { readonly ok: boolean; readonly text: string; readonly at: string } | null;
};

/** One run with all its entries and its last lines, both oldest first. */
export interface RunReply {
  readonly run: RunRow;
  readonly entries: readonly HistoryEntry[];
  readonly lastLines: readonly LogLine[];
}

/** An alarm among the others that is about the daemon's surroundings, such as a full disk. */
export interface ConditionRow {
  /** The same for as long as it lasts, and the next time. */
  readonly id: string;
  readonly since: string;
  /** One sentence: what is wrong, and what to do. */
  readonly text: string;
}

export interface DaemonStatus {
  readonly pid: number;
  readonly keeperPid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly home: string;
  readonly socket: string;
  readonly apps: number;
  readonly services: number;
  /** As `fds` null when it cannot be told, because not one more file can be opened. */
  readonly rssBytes: number | null;
  readonly fds: number | null;
  /** What all logs take on disk, also of applications that are down. */
  readonly logBytes: number;
  /** Empty when all is well. */
  readonly conditions: readonly ConditionRow[];
}

/** Which application is meant: by name (`-p`), else the one that was brought up from the configuration file `here`. */
export interface Scope {
  readonly app?: string | undefined;
  readonly here?: string | undefined;
}

/** Addresses of services and supervisors within a scope; none: the whole application. */
export interface Selection extends Scope {
  readonly names: readonly string[];
}

/** What is done once, however often it is asked for: by who has lost one daemon on the way, and asks the next. */
export interface OnceBody {
  /** Tells one asking from every other. */
  readonly token?: string | undefined;
}

/** @internal */
export interface UpBody extends Scope, OnceBody {
  readonly app: string;
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly root: SupervisorBody;
  /** Environment of the person who ran `up`, already without what only describes their terminal. */
  readonly env: Readonly<Record<string, string>>;
  /** Only these (and what they are in); empty: everything. */
  readonly names: readonly string[];
  readonly forceRecreate: boolean;
  readonly updateEnv: boolean;
  readonly dryRun: boolean;
  readonly wait: boolean;
  /** Left out: a minute, and as long as each service may take until it is ready. */
  readonly timeoutMs?: number | undefined;
  /** Run for the application's events. */
  readonly onEvent?: HookBody | null | undefined;
  /** Told of the application's alarms. */
  readonly onAlarm?: AlarmHookBody | null | undefined;
}

/** A service that no file configures, for an application that has none either. @internal */
export interface RunBody {
  readonly app: string;
  /** A root as a configuration with nothing but the service would have it; where the application is there already, only its one child counts. */
  readonly root: SupervisorBody;
  /** Environment of the person who ran `run`. */
  readonly env: Readonly<Record<string, string>>;
  readonly wait: boolean;
  /** Left out: as `UpBody` says. */
  readonly timeoutMs?: number | undefined;
}

export interface RemoveBody extends Selection {
  /** Is one that runs to be stopped first? */
  readonly stop: boolean;
  /** Instead of each one's `shutdown`. */
  readonly timeoutMs?: number | undefined;
}

export interface ActionBody extends Selection {
  readonly timeoutMs?: number | undefined;
}

/** `start` also starts an instance of a simple_one_for_one supervisor, with `args` appended to its template's command. */
export interface StartBody extends ActionBody, OnceBody {
  readonly args?: readonly string[] | undefined;
}

export interface RestartBody extends ActionBody, OnceBody {}

export interface BreakerBody extends ActionBody, OnceBody {
  readonly verb: BreakerVerb;
}

export interface DownBody extends Scope {
  readonly all: boolean;
  readonly timeoutMs?: number | undefined;
}

export interface SignalBody extends Selection {
  readonly signal: string;
}

export interface SendBody extends Selection {
  readonly text: string;
}

/** What `up` is going to do, or did, to one child. */
export interface Change {
  readonly path: string;
  /** `reordered`: nothing but its place among its siblings is another one. */
  readonly action: 'added' | 'changed' | 'removed' | 'reordered' | 'unchanged';
  /** The fields that changed, as the configuration calls them (`stop_signal`, `env.PORT`); never a value. */
  readonly fields: readonly string[];
  /** What happens to its program, or to the supervisor as a whole. */
  readonly effect: 'start' | 'stop' | 'restart' | 'none';
  /** Does a running program have to be stopped for it? */
  readonly restarts: boolean;
  /** It is restarted only because this sibling is, by their supervisor's strategy. */
  readonly because: string | null;
}

/** One thing that `up` does to one service, in the order in which it is done. */
export interface PlanStep {
  readonly verb: 'stop' | 'start';
  readonly path: string;
}

/** A child that did not do what was asked. */
export interface Failure {
  readonly path: string;
  readonly cause: string;
  readonly lastLines: readonly LogLine[];
}

/** Lines of an action's answer: any number of `progress`, then exactly one `result` or `error`. */
export type ActionLine =
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total: number;
      readonly waitingFor: readonly { readonly path: string; readonly state: string; readonly killInMs: number | null }[];
    }
  | {
      readonly type: 'result';
      readonly app: string | null;
      readonly rows: readonly PsRow[];
      /** Of `up`: what it changes. */
      readonly changes: readonly Change[];
      /** Of `up --dry-run`: what it would do, in this order. */
      readonly steps?: readonly PlanStep[] | undefined;
      readonly failures: readonly Failure[];
      /** Processes (daemon, keeper) that end now; the caller waits for them. */
      readonly ends: readonly number[];
    }
  | { readonly type: 'error'; readonly error: WireError };

/** What a crash injection, a signal or a line of input reached; and what supervision does about it. */
export interface Reached {
  readonly app: string;
  readonly path: string;
  readonly pid: number;
  /** One sentence, as `kill` prints it; null for `signal` and `send`. */
  readonly consequence: string | null;
}

export interface LogsQuery extends Scope {
  readonly names: readonly string[];
  /** How many of the last lines over all; undefined: all. */
  readonly lines?: number | undefined;
  readonly follow: boolean;
  readonly stream?: 'out' | 'err' | undefined;
  /** The newest run of this number. */
  readonly run?: number | undefined;
  /** The newest run that has ended. */
  readonly previous: boolean;
  /** ISO 8601: nothing from before. */
  readonly since?: string | undefined;
  /** ISO 8601: nothing from after. */
  readonly until?: string | undefined;
  /** A regular expression, as JavaScript has them; lines are looked at without their colours. */
  readonly grep?: string | undefined;
  readonly ignoreCase: boolean;
  /** Only the lines that do not match. */
  readonly invert: boolean;
}

export interface HistoryQuery extends Scope {
  readonly names: readonly string[];
  readonly lines?: number | undefined;
  /** ISO 8601. */
  readonly since?: string | undefined;
}

export interface RunsQuery extends HistoryQuery {
  /** Only runs with this number. */
  readonly run?: number | undefined;
  /** Only runs that failed. */
  readonly failed: boolean;
  /** Also the entries that belong to no run; they count among `lines`. */
  readonly others: boolean;
}

/** Every route: what goes in and what comes out. `stream` answers are NDJSON of `line`. @internal */
export interface Api {
  'GET /v1/daemon': { readonly query: Record<string, never>; readonly reply: DaemonStatus };
  'POST /v1/daemon/stop': { readonly body: { readonly timeoutMs?: number | undefined }; readonly line: ActionLine };
  /**
   * Replaces the daemon under running services: by another process of its own program (null), or of another one (absolute path).
   * The answer names the one that ends.
   */
  'POST /v1/daemon/restart': { readonly body: { readonly program: string | null }; readonly reply: { readonly pid: number } };
  'GET /v1/ps': { readonly query: Selection & { readonly all: boolean; readonly usage: boolean }; readonly reply: readonly PsRow[] };
  'GET /v1/status': { readonly query: Scope & { readonly name: string }; readonly reply: StatusReply };
  'GET /v1/history': { readonly query: HistoryQuery; readonly reply: readonly HistoryEntry[] };
  'GET /v1/runs': { readonly query: RunsQuery; readonly reply: RunsReply };
  /** One run of one service; without a number its newest. */
  'GET /v1/run': { readonly query: Scope & { readonly name: string; readonly run?: number | undefined }; readonly reply: RunReply };
  'GET /v1/logs': { readonly query: LogsQuery; readonly line: LogLine };
  /** Deletes the older parts of logs. */
  'POST /v1/logs/flush': { readonly body: Selection; readonly reply: Flushed };
  /** Opens the files of `logs: {file}` anew, once somebody has moved them. */
  'POST /v1/logs/reopen': { readonly body: Record<string, never>; readonly reply: { readonly files: number } };
  'GET /v1/events': { readonly query: Scope & { readonly all: boolean }; readonly line: EventLine };
  'GET /v1/alarms': { readonly query: Scope & { readonly all: boolean }; readonly reply: readonly AlarmRow[] };
  /** Sets an outside program's alarm, or has it told otherwise. */
  'POST /v1/alarms/set': { readonly body: AlarmBody & { readonly text: string }; readonly reply: AlarmSet };
  'POST /v1/alarms/clear': { readonly body: AlarmBody; readonly reply: AlarmCleared };
  'POST /v1/up': { readonly body: UpBody; readonly line: ActionLine };
  /** Adds a service to an application without a file, and starts it. */
  'POST /v1/run': { readonly body: RunBody; readonly line: ActionLine };
  /** Takes such services away again. */
  'POST /v1/remove': { readonly body: RemoveBody; readonly line: ActionLine };
  'POST /v1/down': { readonly body: DownBody; readonly line: ActionLine };
  'POST /v1/start': { readonly body: StartBody; readonly line: ActionLine };
  'POST /v1/stop': { readonly body: ActionBody; readonly line: ActionLine };
  'POST /v1/restart': { readonly body: RestartBody; readonly line: ActionLine };
  'GET /v1/whereis': { readonly query: Scope & { readonly name: string }; readonly reply: Whereabouts };
  'GET /v1/wait': { readonly query: Selection & WaitQuery; readonly line: WaitLine };
  'GET /v1/monitor': { readonly query: Selection & MonitorQuery; readonly line: MonitorLine };
  'GET /v1/explain': { readonly query: Scope & { readonly name: string }; readonly reply: Explanation };
  'POST /v1/breaker': { readonly body: BreakerBody; readonly line: ActionLine };
  'POST /v1/kill': { readonly body: SignalBody; readonly reply: readonly Reached[] };
  'POST /v1/signal': { readonly body: SignalBody; readonly reply: readonly Reached[] };
  'POST /v1/send': { readonly body: SendBody; readonly reply: readonly Reached[] };
  /** Calls a service; who closes the connection gives the call up. */
  'POST /v1/call': { readonly body: Scope & CallAsked; readonly reply: CallOutcome };
}

/** @internal */
export type RouteName = keyof Api;
/** Routes that answer with one JSON value. @internal */
export type ReplyRoute = { [R in RouteName]: Api[R] extends { reply: unknown } ? R : never }[RouteName];
/** Routes that answer with NDJSON. @internal */
export type StreamRoute = { [R in RouteName]: Api[R] extends { line: unknown } ? R : never }[RouteName];
/** What a caller sends along a route: the query of a GET, the body of a POST. @internal */
export type InputOf<R extends RouteName> = Api[R] extends { query: infer Q } ? Q : Api[R] extends { body: infer B } ? B : never;
