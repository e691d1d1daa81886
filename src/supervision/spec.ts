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
