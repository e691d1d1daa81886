import type { Context } from './context.js';

/** A command: does its work and gives its exit code; throws PortsupError. */
export type Run = (context: Context) => Promise<number>;

/** How each command of the list is loaded: each in its own chunk, so that one does not pay for another. */
export const loaders: Readonly<Record<string, () => Promise<Run>>> = {
  up: async () => (await import('./commands/up.js')).up,
  run: async () => (await import('./commands/run.js')).run,
  rm: async () => (await import('./commands/rm.js')).rm,
  down: async () => (await import('./commands/down.js')).down,
  ps: async () => (await import('./commands/ps.js')).ps,
  status: async () => (await import('./commands/status.js')).status,
  start: async () => (await import('./commands/start.js')).start,
  stop: async () => (await import('./commands/stop.js')).stop,
  restart: async () => (await import('./commands/restart.js')).restart,
  kill: async () => (await import('./commands/kill.js')).kill,
  signal: async () => (await import('./commands/signal.js')).signal,
  send: async () => (await import('./commands/send.js')).send,
  call: async () => (await import('./commands/call.js')).call,
  tree: async () => (await import('./commands/tree.js')).tree,
  history: async () => (await import('./commands/history.js')).history,
  logs: async () => (await import('./commands/logs.js')).logs,
  events: async () => (await import('./commands/events.js')).events,
  check: async () => (await import('./commands/check.js')).check,
  init: async () => (await import('./commands/init.js')).init,
  import: async () => (await import('./commands/import.js')).importFile,
  help: async () => (await import('./commands/help.js')).help,
  completion: async () => (await import('./commands/completion.js')).completion,
  'daemon status': async () => (await import('./commands/daemon-status.js')).daemonStatus,
  'daemon start': async () => (await import('./commands/daemon-start.js')).daemonStart,
  'daemon restart': async () => (await import('./commands/daemon-restart.js')).daemonRestart,
  'daemon upgrade': async () => (await import('./commands/daemon-restart.js')).daemonUpgrade,
  'daemon stop': async () => (await import('./commands/daemon-stop.js')).daemonStop,
  'daemon logs': async () => (await import('./commands/daemon-logs.js')).daemonLogs,
  'boot enable': async () => (await import('./commands/boot-enable.js')).bootEnable,
  'boot disable': async () => (await import('./commands/boot-disable.js')).bootDisable,
  'boot status': async () => (await import('./commands/boot-status.js')).bootStatus,
};
