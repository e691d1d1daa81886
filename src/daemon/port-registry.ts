/**
 * The ports as the daemon holds them: for each service its three FIFOs and the capture of its output. Between the
 * keeper's news and supervision's events stands what has to be true first: a run is only "exited" when nothing of
 * it is left (see clear-run.ts) and its last words have been taken.
 */
import { existsSync, unlinkSync } from 'node:fs';
import { adviceOf, errnoOf, messageOf, PortsupError } from '../base/errors.js';
import { isWithin } from '../base/names.js';
import type { Held, KeeperNews } from '../keeper/protocol.js';
import { type Capture, openCapture } from '../logs/capture.js';
import type { LogSource } from '../logs/join.js';
import type { LogPolicy } from '../logs/policy.js';
import { openInput, writeLine } from '../ports/stdin.js';
import type { Application } from '../supervision/tree.js';
import { accountOf, explainFailed, linkExit, releaseExit, spawnOrder, wayOf, whyFailed } from './execution.js';
import { logPlanOf } from './log-plan.js';
import { type Execution, keyOf, letGoOfInput, newPort, type Port, type PortRegistryOptions, pipesOf, readyFifoOf } from './port.js';
import { endRawFile } from './raw-output.js';
import { refusalOr } from './refusal.js';
import type { RunName } from './service-environment.js';
import { createSignal } from './signal.js';
import { Starting } from './starting.js';

/** Services whose FIFOs are made by one call. */
const FIFO_BATCH = 100;

/** Owns the FIFOs and captures of all services; `close` writes what was captured. */
export class PortRegistry {
  private readonly ports = new Map<string, Port>();
  private readonly options: PortRegistryOptions;
  private readonly starting: Starting;
  /** Told of each service whose output begins to be read. */
  readonly captured = createSignal<Capture>();
  /** Resolves when all FIFOs that are being made have been made, one batch after another. */
  private making: Promise<void> = Promise.resolve();

  constructor(options: PortRegistryOptions) {
    this.options = options;
    this.starting = new Starting(options.clock);
  }

  /**
   * Begins to make the FIFOs of these services, in this order, for as many as need some; nothing is waited for. Called before
   * they are started, so that a thousand are made by few calls of mkfifo, beside the first spawns.
   */
  prepare(app: string, paths: readonly string[]): void {
    const missing = paths.filter((path) => !this.ports.has(keyOf(app, path)));
    for (let from = 0; from < missing.length; from += FIFO_BATCH) this.make(app, missing.slice(from, from + FIFO_BATCH));
  }

  /** Has the run executed as soon as its FIFOs are made. The outcome comes back as an event. */
  spawn(name: RunName, execution: Execution): void {
    const key = keyOf(name.app, name.path);
    if (!this.ports.has(key)) this.make(name.app, [name.path]);
    const port = this.ports.get(key);
    if (!port) return;
    port.execution = execution;
    if (port.isMade && !execution.channels) return this.execute(port, name.run, execution);
    const failed = (error: unknown): void => this.refuse(name, adviceOf(error));
    // Whatever goes wrong here is the outcome of the spawn.
    void this.making
      .then(async () => {
        if (!port.isMade)
          throw new PortsupError('FAILED', port.trouble ?? 'its named pipes could not be made', 'see "portsup daemon logs"');
        port.execution = await this.options.channels.open(name, execution);
        this.execute(port, name.run, port.execution);
      })
      .catch(failed);
  }

  /** A run that cannot even be tried, for the reason that `message` gives. */
  refuse(name: RunName, message: string): void {
    this.options.channels.end(name);
    this.options.post({ type: 'spawn-failed', ...name, message });
  }

  /**
   * Takes back a service that an earlier daemon has run: its pipes are there, and what they hold goes on being captured as the
   * output of `run`.
   *
   * @param held - where its pipes are, if that is not where this daemon would make them.
   */
  adopt(name: RunName, held?: Held): void {
    const usual = newPort(this.options.layout.fifos, name.app, name.path);
    const port = held ? { ...usual, fifos: pipesOf(held, usual.fifos) } : usual;
    // They went with their folder (at a logout), or an earlier keeper had another one: its next run gets new ones.
    if (!existsSync(port.fifos.out)) return this.make(name.app, [name.path]);
    port.isMade = true;
    this.ports.set(keyOf(name.app, name.path), port);
    try {
      port.capture = this.openCapture(port);
      port.capture.startRun(name.run);
    } catch (error) {
      // EMFILE: what it says waits in the pipe until its next run.
      this.options.warn(`${keyOf(name.app, name.path)}: its output cannot be read: ${messageOf(error)}`);
    }
  }

  /** Nobody needs anything any more of a service that nobody knows. */
  disown(key: string): void {
    this.options.outbox.order({ do: 'forget', key });
  }

  /** Has the keeper hold a process as this run: an earlier keeper has started it, and was killed before it could tell. */
  hold({ app, path, run }: RunName, { pid, startTicks }: Pick<Held, 'pid' | 'startTicks'>): void {
    const key = keyOf(app, path);
    const fifos = this.ports.get(key)?.fifos;
    if (!fifos) return;
    const held = { key, run, pid, startTicks, startedAt: Date.now(), ...fifos };
    this.options.outbox.order({ do: 'adopt', held });
  }

  /** Has a run told as started as soon as it has a PID, whatever that is executing: see `Starting`. */
  hurry({ app, path, run }: RunName): void {
    this.starting.hurry(keyOf(app, path), run);
  }

  signal(name: RunName, signal: string): void {
    this.options.outbox.order({ do: 'signal', key: keyOf(name.app, name.path), run: name.run, signal });
  }

  closeStdin(name: RunName): void {
    letGoOfInput(this.ports.get(keyOf(name.app, name.path)));
    this.options.outbox.order({ do: 'close-stdin', key: keyOf(name.app, name.path), run: name.run });
  }

  /**
   * Writes a line to a service's standard input.
   *
   * @throws PortsupError `FAILED` when it does not take it.
   */
  writeInput(app: string, path: string, text: string): void {
    const port = this.ports.get(keyOf(app, path));
    if (port) writeLine(port.fifos.in, text);
  }

  /** Has the main process of this run ended? Supervision may not have been told so yet: others of its process group are in the way. */
  hasEnded({ app, path, run }: RunName): boolean {
    return this.ports.get(keyOf(app, path))?.ended === run;
  }

  /** The named pipe that is a service's standard input; undefined before its first run. */
  readonly inputPath = (app: string, path: string): string | undefined => this.ports.get(keyOf(app, path))?.fifos.in;

  /** The output of a service; undefined before its first run. */
  capture(app: string, path: string): Capture | undefined {
    return this.ports.get(keyOf(app, path))?.capture ?? undefined;
  }

  /** What a service has said so far, also one that is there no more; undefined if it never said anything. */
  logSource(app: string, path: string): LogSource | undefined {
    const log = this.options.logs.find(app, path);
    if (!log) return undefined;
    log.measureRaw();
    const capture = this.capture(app, path);
    if (capture) return capture.source();
    return log.isThere ? log.source() : undefined;
  }

  /** Keeps the logs of these applications as their trees are configured now. */
  planLogs(applications: readonly Application[]): void {
    for (const { name, root } of applications) this.options.logs.plan(name, logPlanOf(root));
    for (const { capture } of this.ports.values()) capture?.applyPolicy();
  }

  /** Keeps the log of one service that is new. */
  keepLog({ app, path, policy }: Pick<RunName, 'app' | 'path'> & { readonly policy: LogPolicy }): void {
    this.options.logs.keep(app, path, policy);
  }

  /** Opens the files that users have chosen for plain lines anew: somebody has moved them. Returns how many. */
  reopenFiles(): number {
    const captures = [...this.ports.values()].flatMap(({ capture }) => capture ?? []);
    return captures.filter((capture) => capture.reopen()).length;
  }

  /**
   * Lets go of a service and all below it, or of a whole application (`path` null). Its log stays. What has only been prepared
   * stays, too: a service that gives way to a supervisor of its name is forgotten when the services below that are about to start.
   */
  forget(app: string, path: string | null): void {
    for (const [key, port] of this.ports) {
      const isMeant = port.app === app && (path === null || isWithin(port.path, path));
      if (!isMeant || (path !== null && port.execution === null && port.capture === null)) continue;
      this.release(key, port);
      // Those of a whole application stay for its next `up`: making thousands anew can take seconds on ext4.
      const fifos = [...Object.values(port.fifos), readyFifoOf(this.options.layout.fifos, port)];
      if (path !== null) for (const fifo of fifos) this.unlink(fifo);
    }
  }

  /** One that cannot be removed (EROFS, EACCES) is in nobody's way. */
  private unlink(fifo: string): void {
    try {
      unlinkSync(fifo);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.options.warn(`cannot remove ${fifo}: ${messageOf(error)}`);
    }
  }

  private release(key: string, port: Port): void {
    this.ports.delete(key);
    this.starting.ended(key);
    this.options.channels.end(port);
    letGoOfInput(port);
    releaseExit(port, this.options);
    this.options.outbox.order({ do: 'forget', key });
    // Its errors are told through onTrouble; nobody has to wait for the file.
    void port.capture?.close();
    endRawFile(this.options.logs.of(port.app, port.path), this.options.clock);
  }

  /** What the keeper tells of a run becomes an event, once it is wholly true. */
  onNews(news: KeeperNews): void {
    if (news.news === 'hello' || news.news === 'fifos-made' || news.news === 'state-trouble') return;
    const port = this.ports.get(news.key);
    if (!port) return;
    const { app, path } = port;
    if (news.news === 'spawned') {
      this.options.clearing.began({ app, path, run: news.run }, news.pid, port.execution === null);
      this.holdInput(port);
      linkExit(port, this.options);
      this.starting.began(news.key, { ...news, before: port.before }, () => this.started(port, news));
    } else if (news.news === 'spawn-failed') {
      const message = explainFailed(port, news);
      // Its pipes are gone, by whatever hand: they are made again for the next attempt.
      if (news.errno === 'EIO') this.release(news.key, port);
      this.refuse({ app, path, run: news.run }, message);
    } else {
      const isUnseen = this.starting.ended(news.key);
      const failure = isUnseen ? whyFailed(port, news.code) : undefined;
      if (isUnseen && failure === undefined) this.started(port, news);
      port.ended = news.run;
      const { execution } = port;
      const { pid, groupLeft } = news;
      const ran = { env: execution?.env ?? null, owner: execution ? accountOf(execution)?.uid : undefined };
      const ended = { pid, groupLeft, isAdopted: news.adopted !== undefined, ...ran };
      const cleared = this.options.clearing.ended({ app, path, run: news.run }, ended);
      if (!cleared) return this.exited(port, news, failure);
      void cleared.then(() => this.exited(port, news, failure)); // Never rejects.
    }
  }

  /** Writes what was captured, and holds the pipes of all services until this process ends. */
  pause(): void {
    this.options.logs.close();
    for (const { capture } of this.ports.values()) capture?.pause();
  }

  async close(): Promise<void> {
    this.options.logs.close();
    await Promise.all([...this.ports.values()].map(async (port) => port.capture?.close()));
  }

  /** Also of a run that reads no input: then nobody has the pipe open. */
  private holdInput(port: Port): void {
    letGoOfInput(port);
    try {
      port.input = openInput(port.fifos.in);
    } catch (error) {
      // EMFILE: its input ends should the keeper be killed.
      this.options.warn(`${keyOf(port.app, port.path)}: its standard input cannot be held: ${messageOf(error)}`);
    }
  }

  private started({ app, path }: Port, { run, pid }: Pick<Extract<KeeperNews, { news: 'spawned' }>, 'run' | 'pid'>): void {
    this.options.post({ type: 'spawned', app, path, run, pid });
  }

  /** `failure`: why it never became its program. */
  private exited(port: Port, { run, pid, code, signal, adopted }: Extract<KeeperNews, { news: 'exited' }>, failure?: string): void {
    // News of an earlier run is old news, told again after the end of a daemon: what is in the pipes is not that run's.
    if (run >= (port.capture?.run ?? run)) {
      this.options.channels.end(port);
      letGoOfInput(port);
      port.capture?.endRun();
    }
    const name = { app: port.app, path: port.path, run };
    if (failure !== undefined) return this.refuse(name, failure);
    const finding = signal === null ? undefined : this.options.autopsy(name, { pid, signal });
    this.options.post({ type: 'exited', ...name, code, signal, finding, isMissed: adopted === 'missed' });
  }

  private make(app: string, paths: readonly string[]): void {
    const made = paths.map((path) => newPort(this.options.layout.fifos, app, path));
    for (const port of made) this.ports.set(keyOf(app, port.path), port);
    const files = made.flatMap(({ fifos }) => [fifos.in, fifos.out, fifos.err]);
    this.making = this.making.then(async () => {
      try {
        await this.options.keeper.makeFifos(files);
        for (const port of made) port.isMade = true;
      } catch (error) {
        // The spawns that wait for them fail with this; the next start tries to make them again.
        this.options.warn(messageOf(error));
        for (const port of made) port.trouble = messageOf(error);
        for (const port of made) if (this.ports.get(keyOf(app, port.path)) === port) this.ports.delete(keyOf(app, port.path));
      }
    });
  }

  private execute(port: Port, run: number, execution: Execution): void {
    const { app, path } = port;
    const failed = (message: string): void => this.refuse({ app, path, run }, message);
    const way = refusalOr(() => wayOf(execution, this.options));
    if (typeof way === 'string') return failed(way);
    if (!way.ok) return failed(way.problem);
    try {
      port.capture ??= this.openCapture(port);
    } catch (error) {
      // EMFILE: nothing is executed whose output nobody could read, and nothing that supervision takes for failed.
      return failed(`its output cannot be read: ${messageOf(error)}`);
    }
    port.capture.startRun(run);
    port.before = way.before;
    this.options.outbox.order(spawnOrder(port, { run, execution, way }, this.options));
  }

  private openCapture(port: Port): Capture {
    const { app, path, fifos } = port;
    const { clock, logs, warn, onLogTrouble, onDropped } = this.options;
    const capture: Capture = openCapture({
      out: fifos.out,
      err: fifos.err,
      log: logs.of(app, path),
      clock,
      onTrouble: (message) => warn(`${keyOf(app, path)}: ${message}`),
      onFailing: (failure) => onLogTrouble({ service: keyOf(app, path), ...failure }),
      onDropped: (lines, cause) => onDropped({ app, path, run: capture.run }, { lines, cause }),
    });
    this.captured.emit(capture);
    return capture;
  }
}
