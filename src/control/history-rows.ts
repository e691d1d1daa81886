/** What `history` and `events` tell, as it goes over the wire: entries, and the runs that are read from them. */

export type HistoryEvent =
  | 'started'
  | 'ready'
  | 'exited'
  | 'restarted'
  | 'start_failed'
  | 'stopping'
  | 'stopped'
  | 'gave_up'
  | 'completed'
  | 'failed'
  | 'killed'
  | 'signalled'
  | 'left_behind'
  | 'daemon_started'
  | 'daemon_stopped'
  | 'adopted'
  | 'entries_lost'
  | 'lines_dropped'
  | 'hook_failed'
  | 'applied'
  | 'skipped'
  | 'watch_stopped'
  | 'waiting'
  | 'breaker_melted'
  | 'breaker_reset'
  | 'breaker_disabled'
  | 'breaker_enabled'
  | 'alarm_set'
  | 'alarm_cleared';

/** One object of `history --json`. */
export interface HistoryEntry {
  readonly at: string;
  readonly app: string | null;
  readonly path: string | null;
  readonly event: HistoryEvent;
  readonly pid: number | null;
  readonly run: number | null;
  readonly exit: ExitFacts | null;
  readonly cause: string | null;
  readonly by: 'user' | 'supervisor' | 'probe' | 'daemon';
}

/** OTP's names for reports (supervisor reports and progress reports). */
export type ReportType = 'progress' | 'child_terminated' | 'start_error' | 'shutdown_error' | 'shutdown' | 'info';

/** One line of `events --json`: a history entry with OTP's name for it. */
export interface EventLine extends HistoryEntry {
  readonly type: ReportType;
  /** Path of the supervisor of `path`; null for the root and for the daemon. */
  readonly supervisor: string | null;
}

/** How a run ended; code and signal are both null when it is not known. */
export interface ExitFacts {
  readonly code: number | null;
  readonly signal: string | null;
  /** A core dump was found; `cause` says where. */
  readonly coreDumped: boolean;
  /** The system killed it, as memory had run out. */
  readonly outOfMemory: boolean;
}

/** One run of a service; null is what is not known, or not so yet. Times are ISO 8601. */
export interface RunRow {
  readonly app: string;
  readonly path: string;
  /** Numbers begin again at 1 with each `up` after a `down`, and with each boot. */
  readonly run: number;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly startedBy: HistoryEntry['by'] | null;
  /** Why it was started, "exit code 1"; null by hand. */
  readonly startCause: string | null;
  /** When its stop began. */
  readonly stoppingAt: string | null;
  readonly endedAt: string | null;
  /** Of one that runs: until now. */
  readonly durationMs: number | null;
  readonly exit: ExitFacts | null;
  /** Why it ended, or is being stopped. */
  readonly cause: string | null;
  readonly endedBy: HistoryEntry['by'] | null;
  /** `killed`: by SIGKILL, when its grace was over; `lost`: nobody saw it end. */
  readonly state: 'running' | 'exited' | 'stopped' | 'killed' | 'completed' | 'start_failed' | 'lost';
  /** It ended badly, and nobody had asked for that. */
  readonly isFailed: boolean;
}

/** A run that has ended, as `status` has it. */
export type LastExit = Pick<RunRow, 'run' | 'endedAt' | 'durationMs' | 'exit' | 'cause' | 'state'>;

/** Runs, oldest first by their end, those that run last; `entries`: what belongs to no run, oldest first. */
export interface RunsReply {
  readonly runs: readonly RunRow[];
  readonly entries: readonly HistoryEntry[];
}
