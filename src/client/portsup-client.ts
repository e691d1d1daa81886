/**
 * The library's client: types and a thin class. What its methods do is loaded with the first call, as every configuration that is a program
 * imports this file with `defineConfig`.
 */
import type { ConfigExport } from '../config/define-config.js';
import type {
  AlarmCleared,
  AlarmRow,
  AlarmSet,
  CallOutcome,
  Change,
  DaemonStatus,
  EventLine,
  Flushed,
  HistoryEntry,
  LogLine,
  PsRow,
  Reached,
  RunReply,
  RunsReply,
  StatusReply,
} from '../control/contract.js';
import type { BreakerVerb, DownLine, Explanation, WaitRow } from '../control/registry-rows.js';
import { linesOf } from './lines.js';
import { namesOf } from './names.js';
import type * as options from './options.js';
import { type Settings, settingsOf } from './settings.js';

const actions = () => import('./program-actions.js');
const questions = () => import('./program-questions.js');
const streams = () => import('./program-streams.js');

/** A service or supervisor by its address, as on the command line, or several. */
type Names = string | readonly string[];

/**
 * Asks a portsup's daemon, and has it do what the command line has it do.
 *
 * A client holds nothing: there is nothing to close, calls may run side by side, and it keeps a program running only while something is waited for. No method
 * prints, ends the process, listens for its signals, or changes its environment; none starts a daemon but `startDaemon`, and `up` where it is told to.
 *
 * Every method rejects with a {@link PortsupError} whose `code` is one of README's: `DAEMON_NOT_RUNNING` where there is no daemon, `DAEMON_UNREACHABLE` when it ended
 * during the call and nobody knows what came of it, `NOT_FOUND` or `AMBIGUOUS` for a name, `USAGE` for an argument, `TIMEOUT` after `timeoutMs`. Only a call
 * that `signal` ends rejects with the signal's reason. A daemon that is just being replaced is waited for.
 */
export class PortsupClient {
  readonly #settings: Settings;

  /** Nothing is looked at, connected to or started by this. */
  constructor(given: options.ClientOptions = {}) {
    this.#settings = settingsOf(given);
  }

  /**
   * Brings an application to what its configuration says: starts, restarts and stops what that takes, and waits until all is up. Doing it twice is doing it once.
   *
   * @param config - path of a configuration, relative to the client's `cwd`; or one as `defineConfig` gives it, or a function that returns one. Such a configuration has the client's
   * `cwd` as its folder, the client's `app` as its name where it has none, and is known to the daemon by these two. Default: the client's `file`, else the nearest.
   * @throws {@link ActionError} when something did not start, with the cause; what did start goes on. {@link PortsupError} `CONFIG_MISSING`, `CONFIG_INVALID`
   * with all problems, `USAGE` when it is of another application than the client's, `FAILED` when the daemon cannot be started.
   */
  async up(config?: ConfigExport | string, given: options.UpOptions = {}): Promise<options.ActionResult> {
    return (await actions()).up(this.#settings, config, given);
  }

  /** What `up` with these arguments would change. Nothing is done. It takes a daemon. */
  async plan(config?: ConfigExport | string, given: options.PlanOptions = {}): Promise<readonly Change[]> {
    return (await actions()).plan(this.#settings, config, given);
  }

  /**
   * Stops the application in reverse order, and waits for it; with the last one the daemon ends, and is waited for, too. Resolves also when it was down already, or no daemon runs.
   *
   * @throws {@link ActionError} when something could not be stopped; {@link PortsupError} `CONFIG_MISSING` when it is not clear which application is meant.
   */
  async down(given: options.DownOptions = {}): Promise<options.ActionResult> {
    return (await actions()).down(this.#settings, given);
  }

  /** Starts services by hand, or one more instance of a pool. @throws {@link ActionError} when something did not start. */
  async start(names: Names, given: options.StartOptions = {}): Promise<options.ActionResult> {
    return (await actions()).byHand(this.#settings, names, { verb: 'start', options: given, args: given.args });
  }

  /** Stops services by hand: they stay listed, and stopped. @throws {@link ActionError} when something could not be stopped. */
  async stop(names: Names, given: options.StopOptions = {}): Promise<options.ActionResult> {
    return (await actions()).byHand(this.#settings, names, { verb: 'stop', options: given });
  }

  /** Stops services and starts them again. @throws {@link ActionError} when something did not start. */
  async restart(names: Names, given: options.StopOptions = {}): Promise<options.ActionResult> {
    return (await actions()).byHand(this.#settings, names, { verb: 'restart', options: given });
  }

  /** Crashes services; `consequence` says what supervision does about it. */
  async kill(names: Names, given: options.KillOptions = {}): Promise<readonly Reached[]> {
    const { killSignal: signal = 'SIGKILL' } = given;
    const input = { names: namesOf(names), signal };
    return (await questions()).answer(this.#settings, {
      route: 'POST /v1/kill',
      options: given,
      input: (scope) => ({ ...scope(), ...input }),
    });
  }

  /** Sends a signal ("SIGHUP") to the process groups of services. */
  async signal(names: Names, signal: string, given: options.CallOptions = {}): Promise<readonly Reached[]> {
    const input = { names: namesOf(names), signal };
    return (await questions()).answer(this.#settings, {
      route: 'POST /v1/signal',
      options: given,
      input: (scope) => ({ ...scope(), ...input }),
    });
  }

  /** Writes a line to the standard input of services. */
  async send(names: Names, text: string, given: options.CallOptions = {}): Promise<readonly Reached[]> {
    const input = { names: namesOf(names), text };
    return (await questions()).answer(this.#settings, {
      route: 'POST /v1/send',
      options: given,
      input: (scope) => ({ ...scope(), ...input }),
    });
  }

  /**
   * Calls a service as its `call` says, and never hangs: there are three outcomes, and none of them rejects. `reply`: the service has answered, with a value or an error;
   * `down`: it has ended during the call, or does not run; `timeout`: neither in time. One that is `start: on_demand` is started.
   *
   * @param args - what JSON can carry.
   * @throws {@link PortsupError} as every method; `USAGE` also when the service cannot be called, `TIMEOUT` only when the daemon itself does not answer, `DAEMON_UNREACHABLE`
   * when it ends during the call: then nobody knows whether the service has done it.
   */
  async call(name: string, method: string, args: readonly unknown[] = [], given: options.ServiceCallOptions = {}): Promise<CallOutcome> {
    return (await import('./call-service.js')).callService(this.#settings, { name, method, args }, given);
  }

  /** All services and supervisors of the application as they are now, in tree order. */
  async ps(given: options.PsOptions = {}): Promise<readonly PsRow[]> {
    const { names = [], all = false, usage = true } = given;
    const input = { names: namesOf(names), all, usage };
    return (await questions()).answer(this.#settings, {
      route: 'GET /v1/ps',
      options: given,
      input: (scope) => ({ ...(all ? {} : scope()), ...input }),
    });
  }

  /** Everything about one service or supervisor. */
  async status(name: string, given: options.CallOptions = {}): Promise<StatusReply> {
    return (await questions()).answer(this.#settings, {
      route: 'GET /v1/status',
      options: given,
      input: (scope) => ({ ...scope(), name }),
    });
  }

  /** What has happened, oldest first. */
  async history(given: options.HistoryOptions = {}): Promise<readonly HistoryEntry[]> {
    return (await questions()).history(this.#settings, given);
  }

  /** What ran when, how it ended and why, oldest first by their end. */
  async runs(given: options.RunsOptions = {}): Promise<RunsReply> {
    return (await questions()).runs(this.#settings, given);
  }

  /** One run of one service, with all its entries and its last lines of output. */
  async run(name: string, given: options.RunOptions = {}): Promise<RunReply> {
    const { run } = given;
    return (await questions()).answer(this.#settings, {
      route: 'GET /v1/run',
      options: given,
      input: (scope) => ({ ...scope(), name, run }),
    });
  }

  /**
   * Lines of output, ordered by time. They come as fast as they are read: a slow reader holds nobody, and is told by a line how many it has missed. Leaving the
   * loop closes the connection.
   *
   * With `follow` they go on when the daemon is replaced, none twice; they end when it has ended in order (`down`), and throw `DAEMON_NOT_RUNNING` when services
   * run on without one. Without `follow`, a daemon that dies meanwhile is `DAEMON_UNREACHABLE`.
   */
  logs(given: options.LogsOptions = {}): options.Lines<LogLine> {
    return linesOf(given.signal, async (...reader) => (await streams()).logs(this.#settings, given, reader));
  }

  /**
   * Events as they happen, from `opened()` or the first `next()` on. A reader that is too slow misses some, and an event tells it how many (`entries_lost`). When the daemon is replaced they go on with its successor's; what happened between the two is in `history`. They
   * end, and throw, as followed logs do.
   */
  events(given: options.EventsOptions = {}): options.Lines<EventLine> {
    return linesOf(given.signal, async (...reader) => (await streams()).events(this.#settings, given, reader));
  }

  /** PID of a service's program; null while it has none. Who has heard that a run has ended is not given its PID any more. */
  async whereis(name: string, given: options.CallOptions = {}): Promise<number | null> {
    const { answer } = await questions();
    return (await answer(this.#settings, { route: 'GET /v1/whereis', options: given, input: (scope) => ({ ...scope(), name }) })).pid;
  }

  /**
   * Waits until services are ready (or as `for` says), and gives what came of each. Resolves at once where it is so already. It goes on when the daemon is replaced.
   *
   * @throws {@link PortsupError} `FAILED` or `START_FAILED` with the cause when it cannot come true any more, `TIMEOUT` with whom it has waited for. Without a daemon
   * nothing runs, so `stopped` and `gone` are true then.
   */
  async wait(names: Names, given: options.WaitOptions = {}): Promise<readonly WaitRow[]> {
    return (await questions()).wait(this.#settings, names, given);
  }

  /**
   * The end of every run of these services (of a supervisor: of all below it), once each, from `opened()` or the first `next()` on; and at the beginning one with the cause
   * "noproc" for each that does not run. None is lost or told twice when the daemon is replaced. They end, and throw, as followed logs do.
   */
  monitor(names: Names, given: options.MonitorOptions = {}): options.Lines<DownLine> {
    return linesOf(given.signal, async (...reader) => (await streams()).monitor(this.#settings, names, reader));
  }

  /** Works the circuit breakers of supervisors, and waits for what is started or stopped by it. @throws {@link ActionError} when something did not start. */
  async breaker(verb: BreakerVerb, names: Names, given: options.ActionOptions = {}): Promise<options.ActionResult> {
    return (await actions()).breaker(this.#settings, names, { verb, options: given });
  }

  /** What would follow if it ended now; of what does not run, what a start would do. Nothing is done. */
  async explain(name: string, given: options.CallOptions = {}): Promise<Explanation> {
    return (await questions()).answer(this.#settings, {
      route: 'GET /v1/explain',
      options: given,
      input: (scope) => ({ ...scope(), name }),
    });
  }

  /** What is wrong and lasts: the alarms that are set, those that began first first; of the application and of none. */
  async alarms(given: options.AlarmsOptions = {}): Promise<readonly AlarmRow[]> {
    const { all = false } = given;
    return (await questions()).answer(this.#settings, {
      route: 'GET /v1/alarms',
      options: given,
      input: (scope) => ({ ...(all ? {} : scope()), all }),
    });
  }

  /**
   * Sets an alarm that is no service's, under an id of your own: "backup". Set again it only says what it is now. It lasts until it is cleared.
   *
   * @throws {@link PortsupError} `USAGE` for an id or a text that is none, `NOT_FOUND` when the `app` of `given` is not up, `FAILED` when too many are set.
   */
  async setAlarm(id: string, text: string, given: options.AlarmOptions = {}): Promise<AlarmSet> {
    const input = { id, text, app: given.app };
    return (await questions()).answer(this.#settings, { route: 'POST /v1/alarms/set', options: given, input: () => input });
  }

  /** Clears such an alarm. Resolves also when it was not set. */
  async clearAlarm(id: string, given: options.AlarmOptions = {}): Promise<AlarmCleared> {
    const input = { id, app: given.app };
    return (await questions()).answer(this.#settings, { route: 'POST /v1/alarms/clear', options: given, input: () => input });
  }

  /** Deletes older parts of logs. */
  async flushLogs(given: options.FlushOptions = {}): Promise<Flushed> {
    const names = namesOf(given.names ?? []);
    return (await questions()).answer(this.#settings, {
      route: 'POST /v1/logs/flush',
      options: given,
      input: (scope) => ({ ...scope(), names }),
    });
  }

  /** Opens the files of `logs: {file}` anew, once somebody has moved them. */
  async reopenLogs(given: options.CallOptions = {}): Promise<{ readonly files: number }> {
    return (await questions()).answer(this.#settings, { route: 'POST /v1/logs/reopen', options: given, input: () => ({}) });
  }

  /** The daemon itself. */
  async daemon(given: options.CallOptions = {}): Promise<DaemonStatus> {
    return (await questions()).answer(this.#settings, { route: 'GET /v1/daemon', options: given, input: () => ({}) });
  }

  /**
   * Starts the daemon where none runs; it outlives this program. It takes back services that run without one, and brings up what was up before a reboot.
   *
   * @throws {@link PortsupError} `FAILED` or `NOT_PERMITTED` with the reason.
   */
  async startDaemon(given: options.CallOptions = {}): Promise<DaemonStatus> {
    return (await actions()).startDaemon(this.#settings, given);
  }

  /** Replaces the daemon's process; services run on. Resolves with the new one. */
  async restartDaemon(given: options.CallOptions = {}): Promise<DaemonStatus> {
    return (await actions()).restartDaemon(this.#settings, given);
  }

  /** Takes down all applications, then the daemon, and waits for that. Resolves also when none runs. */
  async stopDaemon(given: options.StopOptions = {}): Promise<options.ActionResult> {
    return (await actions()).stopDaemon(this.#settings, given);
  }
}
