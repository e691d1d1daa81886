/** What the registry of ports holds for each service, and what it needs. */
import { closeSync, statSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import type { HomeLayout } from '../base/home.js';
import { fileStem } from '../base/names.js';
import type { Held } from '../keeper/protocol.js';
import type { Capture } from '../logs/capture.js';
import type { LogStore } from '../logs/store.js';
import type { AccountAnswer } from '../ports/accounts.js';
import type { KeeperClient } from '../ports/keeper-client.js';
import type { Attributes } from '../ports/launch-chain.js';
import type { Autopsy } from './autopsy.js';
import type { Clearing } from './clear-run.js';
import type { LogTrouble } from './conditions.js';
import type { Outbox } from './outbox.js';
import type { NewEvent } from './runtime.js';
import type { RunName } from './service-environment.js';

/** What runs are given to tell something of themselves with. */
export interface RunChannels {
  /**
   * Opens what a run wants that is about to be executed, and gives what it is to be executed with.
   *
   * @throws Error that says what is missing, and what to do about it.
   */
  open(name: RunName, execution: Execution): Promise<Execution>;
  /** Its run is over. */
  end(name: Pick<RunName, 'app' | 'path'>): void;
}

/** What a registry of ports works with, and whom it tells. */
export interface PortRegistryOptions {
  readonly keeper: Pick<KeeperClient, 'makeFifos' | 'protocol' | 'pid'>;
  readonly outbox: Outbox;
  readonly clearing: Pick<Clearing, 'began' | 'ended'>;
  readonly autopsy: Autopsy;
  readonly layout: Pick<HomeLayout, 'home' | 'fifos'>;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly post: (event: NewEvent) => void;
  /** Something the operator should know that stops nothing; goes to the daemon's log. */
  readonly warn: (message: string) => void;
  /** Pipes and sockets by which runs tell something of themselves. */
  readonly channels: RunChannels;
  /** A file that the output of a service goes to cannot be written, or can again. */
  readonly onLogTrouble: (trouble: LogTrouble) => void;
  /** Lines of a run are dropped from now on (null), or so many were, as its log cannot be written. */
  readonly onDropped: (run: RunName, dropped: { readonly lines: number | null; readonly cause: string }) => void;
}

/** What a run is executed with. */
export interface Execution {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: 'pipe' | 'null';
  /** It is offered to write its own exit code into a file, which counts where nobody else can tell it. */
  readonly writesExit: boolean;
  /** As whom it runs. */
  readonly user: AccountAnswer;
  readonly attributes: Attributes;
  /** What it is given to say of itself that it is ready, and well; null: nothing. */
  readonly channels: ChannelWish | null;
}

/** What a run is given to tell something of itself with. */
export interface ChannelWish {
  /** The descriptor that it writes a newline to; null: none. */
  readonly fd: number | null;
  /** It sends sd_notify's messages; `watchdogMs`: and WATCHDOG=1 within each such time. */
  readonly notify: { readonly watchdogMs: Millis | null } | null;
}

/** A service as the daemon holds it outside of supervision. */
export interface Port {
  readonly app: string;
  readonly path: string;
  /** Its named pipes, and the file where its run may write its own exit code. */
  readonly fifos: { readonly in: string; readonly out: string; readonly err: string; readonly exit: string };
  isMade: boolean;
  /** Why its FIFOs could not be made; null: they could, or it has not been tried. */
  trouble: string | null;
  /** Our own writing end of its run's standard input: that ends only when keeper and daemon have let go of it. */
  input: number | null;
  capture: Capture | null;
  /** What its newest run was executed with, to explain a failed start. */
  execution: Execution | null;
  /** What its process shows itself as until it is the program: see ports/launch.ts. */
  before: readonly string[];
  /** The newest run whose main process is known to have ended; 0: none. */
  ended: number;
  /** Where its newest run may write its exit code, if that is not among its pipes. */
  exitPlace: string | null;
}

/** The keeper's name of a port. */
export const keyOf = (app: string, path: string): string => `${app}:${path}`;

/** A port of which nothing is there yet; its pipes are going to be in the folder `fifos`. */
export function newPort(folder: string, app: string, path: string): Port {
  const base = `${folder}/${fileStem(app, path)}`;
  const fifos = { in: `${base}.in`, out: `${base}.out`, err: `${base}.err`, exit: `${base}.exit` };
  const ended = 0;
  return {
    app,
    path,
    fifos,
    isMade: false,
    trouble: null,
    input: null,
    capture: null,
    execution: null,
    before: [],
    ended,
    exitPlace: null,
  };
}

/** The pipe that a service writes a newline to, where it has one. */
export const readyFifoOf = (folder: string, { app, path }: Pick<Port, 'app' | 'path'>): string => `${folder}/${fileStem(app, path)}.ready`;

/** Of a run that writes its output elsewhere (a file, /dev/null) the pipes are where this daemon would make them. */
export function pipesOf(held: Held, usual: Port['fifos']): Port['fifos'] {
  const hasPipes = statSync(held.out, { throwIfNoEntry: false })?.isFIFO() ?? true;
  const { out, err } = hasPipes ? held : usual;
  return { in: held.in ?? usual.in, out, err, exit: held.exit ?? usual.exit };
}

/** Closes our end of its standard input. */
export function letGoOfInput(port: Port | undefined): void {
  if (!port || port.input === null) return;
  closeSync(port.input);
  port.input = null;
}
