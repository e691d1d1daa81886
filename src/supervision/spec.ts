import type { Millis } from '../base/clock.js';

/** What to do with the siblings of a child that ended (OTP supervisor: strategy). */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one';
/** When an ended child is started again: always, after abnormal ends only, never (OTP supervisor: restart). */
export type RestartType = 'permanent' | 'transient' | 'temporary';
/** How long a child may take to end before SIGKILL (OTP supervisor: shutdown). */
export type Shutdown = Millis | 'infinity' | 'brutal_kill';
/** When the end of significant children ends their supervisor (OTP supervisor: auto_shutdown). */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

/** How the output of a program is kept, complete: every default is filled in. */
export interface LogSpec {
  /** `capture`: read and written line by line; `raw`: the program writes into the file itself; `none`: /dev/null. */
  readonly mode: 'capture' | 'raw' | 'none';
  /** A file that would grow beyond this becomes an older part. */
  readonly maxBytes: number;
  /** So many older parts are kept. */
  readonly keep: number;
  /** Older parts are gzipped. */
  readonly compress: boolean;
  /** How long a program is held while its log cannot be written, before lines are dropped and counted. */
  readonly blockMs: Millis | 'infinity';
  /** Plain lines also go to this file; absolute. Null: to none. */
  readonly file: string | null;
}

/** Files whose changes restart a service; all paths absolute. */
export interface WatchSpec {
  /** The configuration's folder: from here `ignore` counts, and files are named. */
  readonly folder: string;
  readonly paths: readonly string[];
  /** Patterns as in a .gitignore. */
  readonly ignore: readonly string[];
}

/** Limits of what a program may use, soft and hard alike; null: as portsup has them. */
export interface LimitSpec {
  /** Open files. */
  readonly nofile: number | null;
  /** Bytes of a core dump; 0: none is written. */
  readonly core: number | 'unlimited' | null;
}

/** One way to ask whether something is well: one try, which gets an answer or is given up after `tryMs`. */
export type ProbeMethod =
  | {
      readonly by: 'http';
      readonly url: string;
      /** Those that are well; null: every 2xx. */
      readonly statuses: readonly number[] | null;
      /** A regular expression that the body has to match; null: any body. */
      readonly body: string | null;
      readonly tryMs: Millis;
    }
  | { readonly by: 'tcp'; readonly host: string; readonly port: number; readonly tryMs: Millis }
  /** Exit code 0 is well. Run in the folder and with the environment of whose probe it is. */
  | { readonly by: 'exec'; readonly command: readonly string[]; readonly tryMs: Millis };

/** When a service that has been executed has started. Until then those after it wait. */
export interface ReadySpec {
  readonly method:
    | ProbeMethod
    /** A line of its output that matches this regular expression. */
    | { readonly by: 'log'; readonly pattern: string }
    /** It has ended well: for programs that do something once. */
    | { readonly by: 'exit' }
    /** It has written a newline to this descriptor (s6: notification-fd). */
    | { readonly by: 'fd'; readonly fd: number }
    /** It has sent READY=1 (systemd: sd_notify). */
    | { readonly by: 'notify' };
  /** From the execution to the first try. */
  readonly delayMs: Millis;
  /** From the end of one try to the next. */
  readonly intervalMs: Millis;
  /** Not ready this long after its execution is a failed start. */
  readonly timeoutMs: Millis;
}

/** How it is seen that a running service is well. */
export interface AliveSpec {
  /** `notify`: it has sent WATCHDOG=1 (systemd: sd_notify) within each interval. */
  readonly method: ProbeMethod | { readonly by: 'notify' };
  readonly intervalMs: Millis;
  /** From its start (its readiness, where it has one) to the first try. */
  readonly graceMs: Millis;
  /** So many bad answers in a row are the end of the run. */
  readonly failures: number;
  /** So many good answers in a row clear its alarm. */
  readonly clearAfter: number;
}

/** How long a service that has ended by itself waits before it is restarted; `min * factor^n`, at most `max`. */
export interface BackoffSpec {
  readonly minMs: Millis;
  readonly maxMs: Millis;
  readonly factor: number;
  /** So much of it is added or taken away, 0 to 1. */
  readonly jitter: number;
  /** A run that has lasted this long begins again at `min`. */
  readonly resetAfterMs: Millis;
}

/** How a service is called. */
export type CallSpec =
  | { readonly by: 'xmlrpc'; readonly url: string }
  | { readonly by: 'http'; readonly url: string }
  /** Null: a line to its standard input, a line of its standard output. */
  | { readonly by: 'jsonrpc'; readonly url: string | null };

/** Restarts that are an alarm: this many within this time. */
export interface RestartAlarmSpec {
  readonly restarts: number;
  readonly withinMs: Millis;
}

/** A probe of something that is no service of ours, and that services can need. */
export interface WatchdogSpec {
  readonly name: string;
  readonly method: ProbeMethod;
  /** For `exec`. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly intervalMs: Millis;
  /** So many bad answers in a row, and it is down. */
  readonly failures: number;
  /** So many good answers in a row, and it is up again. */
  readonly clearAfter: number;
}

/** A supervised program, complete: every default is filled in, every path absolute. */
export interface ServiceSpec {
  readonly kind: 'service';
  readonly name: string;
  /** Program and arguments; never empty. A relative program is found from `cwd`, a bare name in the service's PATH. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Variables declared in the configuration; they override inherited ones. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables whose values are read at each start: of each the file (absolute) that holds nothing else. */
  readonly envFiles: Readonly<Record<string, string>>;
  /** What it sees of the environment of the person who brought it up: all, or these variables. */
  readonly inheritEnv: true | readonly string[];
  readonly restart: RestartType;
  readonly shutdown: Shutdown;
  readonly significant: boolean;
  /** Asks the program to end; "SIGTERM" by default. */
  readonly stopSignal: string;
  /** Exit codes besides 0 that count as a clean end. */
  readonly successExitCodes: readonly number[];
  /** `pipe`: open until stop, as an Erlang port's; `null`: /dev/null. */
  readonly stdin: 'pipe' | 'null';
  /** Started with its supervisor; false: only by hand or by a group restart. */
  readonly autostart: boolean;
  /** Processes of a run that have left its process group are killed when it ends, or left to themselves. */
  readonly orphans: 'kill' | 'leave';
  /** When it is restarted or, being temporary, started, as cron writes it; null: never. */
  readonly cron: string | null;
  /** What is watched for changes; null: nothing. */
  readonly watch: WatchSpec | null;
  /** What all its processes together may take before the run is ended as by a crash; null: no limit. */
  readonly maxMemoryBytes: number | null;
  readonly logs: LogSpec;
  /** The budget of all parts of its log together; null: only those of the supervisors it is in. */
  readonly logTotalBytes: number | null;
  /** Niceness, -20 to 19; null: as portsup has it. */
  readonly nice: number | null;
  /** File mode creation mask, as octal digits: "027"; null: as portsup has it. */
  readonly umask: string | null;
  readonly limits: LimitSpec;
  /** As whom it runs, a name or a number; null: as portsup. */
  readonly user: string | null;
  /** Name or number; null: the user's own group. */
  readonly group: string | null;
  /** When it has started; null: as soon as it is executed. */
  readonly ready: ReadySpec | null;
  /** Null: nobody looks. */
  readonly alive: AliveSpec | null;
  /** Null: restarted at once, as in OTP. */
  readonly backoff: BackoffSpec | null;
  /** Paths of services and supervisors, or names of watchdogs, that have to be up before it is started, and are stopped after it. */
  readonly needs: readonly string[];
  /** Paths of services: the abnormal end of one restarts the other. */
  readonly links: readonly string[];
  /** Null: it cannot be called. */
  readonly call: CallSpec | null;
  /** Started by the first call (then `autostart` is false). */
  readonly onDemand: boolean;
  /** Stopped when nobody has called it for this long; null: never. */
  readonly idleMs: Millis | null;
  /** Null: its restarts are no alarm. */
  readonly alarm: RestartAlarmSpec | null;
}

/** A supervisor, complete. With `simple_one_for_one` it has a `template` and no configured children; else the reverse. */
export interface SupervisorSpec {
  readonly kind: 'supervisor';
  /** "" for the root. */
  readonly name: string;
  readonly strategy: Strategy;
  /** At most this many automatic restarts ... */
  readonly intensity: number;
  /** ... within this time; one more and the supervisor gives up. */
  readonly periodMs: Millis;
  readonly autoShutdown: AutoShutdown;
  /** After giving up it tries again by itself after this time; null: never. */
  readonly resetAfterMs: Millis | null;
  readonly restart: RestartType;
  readonly shutdown: Shutdown;
  readonly significant: boolean;
  readonly children: readonly ChildSpec[];
  readonly template: ServiceSpec | null;
  /** The budget of all logs below it together; null: only those of the supervisors it is in. */
  readonly logTotalBytes: number | null;
  /** Of the root only; else empty. */
  readonly watchdogs: readonly WatchdogSpec[];
}

export type ChildSpec = ServiceSpec | SupervisorSpec;

/** One rule of the specification that a value breaks: where, what was found, what is expected. */
export interface SpecProblem {
  /** Path of the supervisor or service; "" is the root. */
  readonly path: string;
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}
