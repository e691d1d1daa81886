import type { Millis } from '../base/clock.js';

/** What to do with the siblings of a child that ended (OTP supervisor: strategy). */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one';
/** When an ended child is started again: always, after abnormal ends only, never (OTP supervisor: restart). */
export type RestartType = 'permanent' | 'transient' | 'temporary';
/** How long a child may take to end before SIGKILL (OTP supervisor: shutdown). */
export type Shutdown = Millis | 'infinity' | 'brutal_kill';
/** When the end of significant children ends their supervisor (OTP supervisor: auto_shutdown). */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

/** A supervised program, complete: every default is filled in, every path absolute. */
export interface ServiceSpec {
  readonly kind: 'service';
  readonly name: string;
  /** Program and arguments; never empty. A relative program is found from `cwd`, a bare name in the service's PATH. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Variables declared in the configuration; they override inherited ones. */
  readonly env: Readonly<Record<string, string>>;
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
