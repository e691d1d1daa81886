/**
 * The ports as the daemon holds them: for each service its three FIFOs and the capture of its output. Between the
 * keeper's news and supervision's events stands what has to be true first: a run is only "exited" when nothing of
 * its process group is left and its last words have been taken.
 */
import { unlinkSync } from 'node:fs';
import type { Clock } from '../base/clock.js';
import { errnoOf, messageOf, PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import { fileStem } from '../base/names.js';
import type { KeeperNews } from '../keeper/protocol.js';
import { type Capture, openCapture } from '../logs/capture.js';
import { logFile } from '../logs/log-file.js';
import { groupGone } from '../ports/groups.js';
import type { KeeperClient } from '../ports/keeper-client.js';
import { explainStartError } from '../ports/start-error.js';
import { writeLine } from '../ports/stdin.js';
import type { NewEvent } from './runtime.js';
import type { RunName } from './service-environment.js';

/** How long the rest of a killed process group may take to vanish before it is reported and left behind. */
const GROUP_LIMIT_MS = 5_000;

/** Services whose FIFOs are made by one call. */
const FIFO_BATCH = 100;

/** What a run is executed with. */
export interface Execution {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: 'pipe' | 'null';
}

interface Port {
  readonly app: string;
  readonly path: string;
  readonly fifos: { readonly in: string; readonly out: string; readonly err: string };
  isMade: boolean;
  capture: Capture | null;
  /** What its newest run was executed with, to explain a failed start. */
  execution: Execution | null;
}

export interface PortRegistryOptions {
  readonly keeper: KeeperClient;
  readonly layout: HomeLayout;
  readonly clock: Clock;
  readonly post: (event: NewEvent) => void;
  /** Something the operator should know that stops nothing; goes to the daemon's log. */
  readonly warn: (message: string) => void;
}

const keyOf = (app: string, path: string): string => `${app}:${path}`;

/** Owns the FIFOs and captures of all services; `close` writes what was captured. */
export class PortRegistry {
  private readonly ports = new Map<string, Port>();
  private readonly options: PortRegistryOptions;
  /** Resolves when all FIFOs that are being made have been made, one batch after another. */
  private making: Promise<void> = Promise.resolve();

  constructor(options: PortRegistryOptions) {
    this.options = options;
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
    if (port.isMade) return this.execute(port, name.run, execution);
    const failed = (error: unknown): void => {
      this.options.post({ type: 'spawn-failed', ...name, message: messageOf(error) });
    };
    // Whatever goes wrong here is the outcome of the spawn.
    void this.making
      .then(() => {
        if (!port.isMade) throw new PortsupError('FAILED', 'its named pipes could not be made', 'see "portsup daemon logs"');
        this.execute(port, name.run, execution);
      })
      .catch(failed);
  }

  signal(name: RunName, signal: string): void {
    this.options.keeper.send({ do: 'signal', key: keyOf(name.app, name.path), run: name.run, signal });
  }

  closeStdin(name: RunName): void {
    this.options.keeper.send({ do: 'close-stdin', key: keyOf(name.app, name.path), run: name.run });
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

  /** The output of a service; undefined before its first run. */
  capture(app: string, path: string): Capture | undefined {
    return this.ports.get(keyOf(app, path))?.capture ?? undefined;
  }

  /**
   * Lets go of a service and all below it, or of a whole application (`path` null). Its log stays. What has only been prepared
   * stays, too: a service that gives way to a supervisor of its name is forgotten when the services below that are about to start.
   */
  forget(app: string, path: string | null): void {
    for (const [key, port] of this.ports) {
      const isMeant = port.app === app && (path === null || port.path === path || port.path.startsWith(`${path}/`));
      if (!isMeant || (path !== null && port.execution === null)) continue;
      this.ports.delete(key);
      this.options.keeper.send({ do: 'forget', key });
      // Its errors are told through onTrouble; nobody has to wait for the file.
      void port.capture?.close();
      // Those of a whole application stay for its next `up`: making thousands anew can take seconds on ext4.
      if (path !== null) for (const fifo of Object.values(port.fifos)) unlinkIfThere(fifo);
    }
  }

  /** What the keeper tells of a run becomes an event, once it is wholly true. */
  onNews(news: KeeperNews): void {
    if (news.news === 'hello' || news.news === 'fifos-made') return;
    const port = this.ports.get(news.key);
    if (!port) return;
    const { app, path } = port;
    if (news.news === 'spawned') {
      this.options.post({ type: 'spawned', app, path, run: news.run, pid: news.pid });
    } else if (news.news === 'spawn-failed') {
      const message = port.execution ? explainStartError({ ...port.execution, errno: news.errno, message: news.message }) : news.message;
      this.options.post({ type: 'spawn-failed', app, path, run: news.run, message });
    } else if (news.groupLeft) {
      void this.afterGroup(port, news); // Never rejects: what it meets is told through warn.
    } else {
      this.exited(port, news);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.ports.values()].map(async (port) => port.capture?.close()));
  }

  private async afterGroup(port: Port, news: Extract<KeeperNews, { news: 'exited' }>): Promise<void> {
    const survivors = await groupGone(news.pid, this.options.clock, GROUP_LIMIT_MS);
    if (survivors.length > 0) {
      const named = survivors.map(({ pid, name }) => `${name} (${pid})`).join(', ');
      this.options.warn(`${keyOf(port.app, port.path)}: could not be killed and is left behind: ${named}`);
    }
    this.exited(port, news);
  }

  private exited(port: Port, news: Extract<KeeperNews, { news: 'exited' }>): void {
    port.capture?.endRun();
    this.options.post({ type: 'exited', app: port.app, path: port.path, run: news.run, code: news.code, signal: news.signal });
  }

  private make(app: string, paths: readonly string[]): void {
    const made = paths.map((path) => this.newPort(app, path));
    for (const port of made) this.ports.set(keyOf(app, port.path), port);
    const files = made.flatMap(({ fifos }) => [fifos.in, fifos.out, fifos.err]);
    this.making = this.making.then(async () => {
      try {
        await this.options.keeper.makeFifos(files);
        for (const port of made) port.isMade = true;
      } catch (error) {
        // The spawns that wait for them fail with this; the next start tries to make them again.
        this.options.warn(messageOf(error));
        for (const port of made) if (this.ports.get(keyOf(app, port.path)) === port) this.ports.delete(keyOf(app, port.path));
      }
    });
  }

  private execute(port: Port, run: number, { argv, cwd, env, stdin }: Execution): void {
    const { in: input, out, err } = port.fifos;
    const key = keyOf(port.app, port.path);
    this.options.keeper.send({ do: 'spawn', key, run, argv, cwd, env, in: stdin === 'pipe' ? input : null, out, err });
    // Opened while the keeper is busy with the spawn; until then the FIFOs hold what the program says.
    port.capture ??= this.openCapture(port);
    port.capture.startRun(run);
  }

  private newPort(app: string, path: string): Port {
    const base = `${this.options.layout.fifos}/${fileStem(app, path)}`;
    const fifos = { in: `${base}.in`, out: `${base}.out`, err: `${base}.err` };
    return { app, path, fifos, isMade: false, capture: null, execution: null };
  }

  private openCapture(port: Port): Capture {
    const { app, path, fifos } = port;
    const file = logFile(this.options.layout.logs, app, path);
    const onTrouble = (message: string): void => {
      this.options.warn(`${keyOf(app, path)}: ${message}`);
    };
    return openCapture({ app, path, out: fifos.out, err: fifos.err, file, clock: this.options.clock, onTrouble });
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
