/** The public library of portsup. */
export { type ErrorCode, PortsupError } from './base/errors.js';
export { ActionError } from './client/action-error.js';
export type {
  AbortSignalLike,
  ActionOptions,
  ActionResult,
  AlarmOptions,
  AlarmsOptions,
  CallOptions,
  ClientOptions,
  DownOptions,
  EventsOptions,
  FlushOptions,
  HistoryOptions,
  KillOptions,
  Lines,
  LogsOptions,
  MonitorOptions,
  PlanOptions,
  Progress,
  PsOptions,
  RunOptions,
  RunsOptions,
  ServiceCallOptions,
  StartOptions,
  StopOptions,
  UpOptions,
  WaitOptions,
} from './client/options.js';
export { PortsupClient } from './client/portsup-client.js';
export { type ConfigExport, defineConfig, type PortsupConfig, type ServiceConfig, type SupervisorConfig } from './config/define-config.js';
export type { ConfigProblem, ConfigProblems } from './config/problems.js';
export type {
  AlarmCleared,
  AlarmRow,
  AlarmSet,
  CallDown,
  CallError,
  CallOutcome,
  CallTimeout,
  CallValue,
  Change,
  ConditionRow,
  DaemonStatus,
  ExitRow,
  Failure,
  Flushed,
  LogLine,
  PsRow,
  Reached,
  RunReply,
  ServiceRow,
  ServiceStateName,
  StatusReply,
  SupervisorRow,
  SupervisorStateName,
} from './control/contract.js';
export type { EventLine, ExitFacts, HistoryEntry, HistoryEvent, LastExit, ReportType, RunRow, RunsReply } from './control/history-rows.js';
export type { BreakerVerb, DownLine, Explanation, WaitFor, WaitRow } from './control/registry-rows.js';
