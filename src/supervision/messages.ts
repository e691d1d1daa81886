/** What goes into supervision (events), what comes out (commands), and what it tells (reports). */
import type { Millis } from '../base/clock.js';
import type { Cause, Finding } from './cause.js';
import type { SupervisorSpec } from './spec.js';
import type { Exit } from './tree.js';

/** What happened, or what somebody asks for, at the monotonic time `at`. Paths are from the application's root, "" is the root. */
export type Event =
  /** A configuration is wanted. `names`: only for these paths (none: all); `recreate`: also what did not change is started anew. */
  | {
      readonly type: 'apply';
      readonly at: Millis;
      readonly app: string;
      readonly root: SupervisorSpec;
      readonly names: readonly string[];
      readonly recreate: boolean;
    }
  /** The application is to stop and to be forgotten. */
  | {
      readonly type: 'down-asked';
      readonly at: Millis;
      readonly app: string;
      readonly graceMs: Millis | null;
      /** Nobody wants it down: portsup itself is to end. */
      readonly isHalt?: boolean | undefined;
    }
  | { readonly type: 'start-asked'; readonly at: Millis; readonly app: string; readonly path: string }
  /** A child is to go, with its entry. Not the root. */
  | { readonly type: 'remove-asked'; readonly at: Millis; readonly app: string; readonly path: string }
  /** All of them at once: of these, too, those stop first who need others. */
  | {
      readonly type: 'stop-asked';
      readonly at: Millis;
      readonly app: string;
      readonly paths: readonly string[];
      readonly graceMs: Millis | null;
    }
  | {
      readonly type: 'restart-asked';
      readonly at: Millis;
      readonly app: string;
      readonly paths: readonly string[];
      readonly graceMs: Millis | null;
    }
  /** Crash injection: the desired state stays up. */
  | { readonly type: 'kill-asked'; readonly at: Millis; readonly app: string; readonly path: string; readonly signal: string }
  /** Any other signal, for the program to make of it what it likes. */
  | { readonly type: 'signal-asked'; readonly at: Millis; readonly app: string; readonly path: string; readonly signal: string }
  /** One more instance of a simple_one_for_one supervisor. */
  | { readonly type: 'instance-asked'; readonly at: Millis; readonly app: string; readonly path: string; readonly args: readonly string[] }
  | {
      readonly type: 'spawned';
      readonly at: Millis;
      readonly app: string;
      readonly path: string;
      readonly run: number;
      readonly pid: number;
    }
  | {
      readonly type: 'spawn-failed';
      readonly at: Millis;
      readonly app: string;
      readonly path: string;
      readonly run: number;
      readonly message: string;
    }
  /** The run has ended, and nothing of its process group is left nor (with `orphans: kill`) of what carries its marker. */
  | {
      readonly type: 'exited';
      readonly at: Millis;
      readonly app: string;
      readonly path: string;
      readonly run: number;
      readonly code: number | null;
      readonly signal: string | null;
      readonly finding?: Finding | undefined;
      /** Nobody supervised it then, and nobody knows when it was. */
      readonly isMissed?: boolean | undefined;
    }
  /** A time of its `cron` has come. */
  | { readonly type: 'cron-due'; readonly at: Millis; readonly app: string; readonly path: string }
  /** Files that it watches have changed. */
  | { readonly type: 'files-changed'; readonly at: Millis; readonly app: string; readonly path: string; readonly files: readonly string[] }
  /** The processes of a run have taken more memory than they may for too long. */
  | {
      readonly type: 'memory-exceeded';
      readonly at: Millis;
      readonly app: string;
      readonly path: string;
      readonly run: number;
      readonly bytes: number;
    }
  /** A run is ready, as its `ready` has it. */
  | { readonly type: 'ready'; readonly at: Millis; readonly app: string; readonly path: string; readonly run: number }
  /** A run has not become ready in time; `text`: the last answer, as the cause has it. */
  | {
      readonly type: 'not-ready';
      readonly at: Millis;
      readonly app: string;
      readonly path: string;
      readonly run: number;
      readonly text: string;
    }
  /** A run has answered badly too often; `text`: "HTTP 500 three times". */
  | {
      readonly type: 'unhealthy';
      readonly at: Millis;
      readonly app: string;
      readonly path: string;
      readonly run: number;
      readonly text: string;
    }
  /** Something that is no service of ours is up or down. */
  | { readonly type: 'watchdog-changed'; readonly at: Millis; readonly app: string; readonly name: string; readonly isUp: boolean }
  /** Nobody has called a run for as long as its `idle` says. */
  | { readonly type: 'idle-elapsed'; readonly at: Millis; readonly app: string; readonly path: string; readonly run: number }
  /** A supervisor's circuit breaker by hand (fuse: melt/1, reset/1, circuit_disable/1, circuit_enable/1). */
  | { readonly type: 'breaker-asked'; readonly at: Millis; readonly app: string; readonly path: string; readonly verb: BreakerVerb }
  /** Time has passed: a `wake` is due. */
  | { readonly type: 'tick'; readonly at: Millis };

export type BreakerVerb = 'melt' | 'reset' | 'disable' | 'enable';

/** What the shell has to do, in this order. The outcome of a `spawn` comes back as `spawned` or `spawn-failed`; `hurry`: it is to be told as soon as there is a PID. */
export type Command =
  | { readonly do: 'spawn'; readonly app: string; readonly path: string; readonly run: number }
  | { readonly do: 'hurry'; readonly app: string; readonly path: string; readonly run: number }
  | { readonly do: 'signal'; readonly app: string; readonly path: string; readonly run: number; readonly signal: string }
  | { readonly do: 'close-stdin'; readonly app: string; readonly path: string; readonly run: number }
  /** A `tick` is wanted at `at` or later; one too many does no harm. */
  | { readonly do: 'wake'; readonly at: Millis }
  | { readonly do: 'report'; readonly report: Report }
  /** The child (and all below it) no longer exists; what is kept for it can go. `path` null: the whole application. */
  | { readonly do: 'forget'; readonly app: string; readonly path: string | null };

/** OTP's names for reports; `info` is what OTP would not report. */
export type ReportType = 'progress' | 'child_terminated' | 'start_error' | 'shutdown_error' | 'shutdown' | 'info';

export type ReportEvent =
  | 'started'
  | 'restarted'
  | 'exited'
  | 'start_failed'
  | 'stopping'
  | 'stopped'
  | 'killed'
  | 'signalled'
  | 'left_behind'
  | 'completed'
  | 'failed'
  | 'gave_up'
  | 'adopted'
  | 'skipped'
  | 'watch_stopped'
  | 'ready'
  | 'waiting'
  | 'breaker_melted'
  | 'breaker_reset'
  | 'breaker_disabled'
  | 'breaker_enabled';

/** One thing that happened to one node, with its cause: the chain of causes can be read back from these. */
export interface Report {
  readonly type: ReportType;
  readonly event: ReportEvent;
  readonly at: Millis;
  readonly app: string;
  readonly path: string;
  readonly pid: number | null;
  readonly run: number | null;
  readonly exit: Exit | null;
  readonly cause: Cause | null;
  readonly by: 'user' | 'supervisor' | 'probe';
}
