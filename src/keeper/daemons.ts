/**
 * One daemon after another. Each is forked with a `hello` that tells it what the one before it knew and what has happened
 * since. One that said goodbye was the last; one that made room is followed by the program it named; one that died is
 * replaced, as long as that does not happen again and again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import type { HomeLayout } from '../base/home.js';
import { answerLaunch } from './inherited.js';
import type { Ports } from './ports.js';
import { type BootNews, type KeeperNews, type KeeperOrder, PROTOCOL_VERSION } from './protocol.js';
import { report } from './report.js';

/** Daemons that may die within the period; after one more, the services are kept without one. */
const MOST_DEATHS = 5;
const DEATHS_PERIOD_MS = 60_000;
/** How long a daemon that has closed its channel may take to end. */
const DAEMON_EXIT_MS = 1_000;
/** Why there is no daemon could not be written: it is tried again after this. */
const TELL_AGAIN_MS = 1_000;

type LastWord = Extract<KeeperOrder, { do: 'goodbye' | 'succeed' }>;

/** A daemon that runs, and what it has said of itself. */
interface Daemon {
  readonly process: ChildProcess;
  isReady: boolean;
  lastWord: LastWord | undefined;
}

export interface DaemonsOptions {
  readonly layout: HomeLayout;
  readonly ports: Ports;
  /** Path of the first daemon's program. */
  readonly program: string;
  /** What the first daemon is to hear of what an earlier keeper has left. */
  readonly inherited: Pick<Extract<KeeperNews, { news: 'hello' }>, 'inherited' | 'notes'>;
  /** Why the state cannot be written at present; null: it can. */
  readonly stateTrouble: () => string | null;
  /** No daemon follows; called once. */
  readonly onEnd: (end: KeeperEnd) => void;
}

/**
 * How the keeper is to end. over: nothing runs, nothing is to be remembered; halted: everything is ended, to be brought up again at the
 * next boot; unstarted: no daemon has come up, and what an earlier keeper has left stays as it was.
 */
export type KeeperEnd = 'over' | 'halted' | 'unstarted';

export class Daemons {
  readonly #options: DaemonsOptions;
  #current: Daemon | undefined;
  #program: string;
  /** The program of the last daemon that made room. */
  #proven: string;
  #isLaunched = false;
  /** Said to the first daemon that comes up. */
  #inherited: DaemonsOptions['inherited'];
  #deaths: readonly number[] = [];
  #isEnding = false;
  #hasGivenUp = false;
  /** Everything is to be stopped. A daemon that has just been forked would die of the signal before it can obey, so it is told when it listens. */
  #isStopping = false;

  constructor(options: DaemonsOptions) {
    this.#options = options;
    this.#program = options.program;
    this.#proven = options.program;
    this.#inherited = options.inherited;
  }

  /** Starts a daemon; also again after having given up. One that runs is left alone. */
  start(): void {
    if (this.#current || this.#isEnding) return;
    this.#deaths = [];
    this.#hasGivenUp = false;
    forgetFailure(this.#options.layout);
    this.#fork();
  }

  /** Asks the daemon to stop everything in order; without one everything ends at once. */
  stop(): void {
    this.#isStopping = true;
    if (!this.#current) this.#end('halted');
    else if (this.#current.isReady) this.#current.process.kill('SIGTERM');
  }

  /** Passes a signal on. A daemon that does not listen yet would die of it. */
  signal(signal: NodeJS.Signals): void {
    if (this.#current?.isReady) this.#current.process.kill(signal);
  }

  /** Tells the daemon; one that is gone cannot be told, the next one hears it in its hello. */
  tell(news: KeeperNews): void {
    const daemon = this.#current?.process;
    if (daemon?.connected) daemon.send(news, () => undefined);
  }

  #end(end: KeeperEnd): void {
    this.#isEnding = true;
    this.#options.onEnd(end);
  }

  #fork(): void {
    const env = { ...process.env, PORTSUP_KEEPER_PID: String(process.pid) };
    const child = fork(this.#program, [], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const daemon: Daemon = { process: child, isReady: false, lastWord: undefined };
    this.#current = daemon;
    child.on('message', (message: KeeperOrder | BootNews) => {
      this.#hear(daemon, message);
    });
    this.tell({
      news: 'hello',
      protocol: PROTOCOL_VERSION,
      pid: process.pid,
      ...this.#options.ports.past,
      ...this.#inherited,
      stateTrouble: this.#options.stateTrouble(),
    });
    whenGone(child, (how) => {
      this.#current = undefined;
      this.#follow(daemon, how);
    });
  }

  #hear(daemon: Daemon, message: KeeperOrder | BootNews): void {
    if ('boot' in message) {
      daemon.isReady = message.boot === 'ready';
      this.#isLaunched ||= daemon.isReady;
      if (daemon.isReady) this.#inherited = {};
      if (daemon.isReady && this.#isStopping) daemon.process.kill('SIGTERM');
      const note = message.message === '' ? undefined : message.message;
      answerLaunch(daemon.isReady ? { launch: 'ready', note } : { launch: 'failed', message: message.message });
    } else if (message.do === 'goodbye' || message.do === 'succeed') daemon.lastWord = message;
    else this.#options.ports.obey(message);
  }

  #follow({ isReady, lastWord }: Daemon, how: string): void {
    if (lastWord?.do === 'goodbye') return this.#end('over');
    if (lastWord) {
      this.#proven = this.#program;
      this.#program = lastWord.program ?? this.#program;
      return this.#fork();
    }
    // A newer daemon that does not come up is no reason to be without one.
    if (!isReady) this.#program = this.#proven;
    this.#replace(how);
  }

  #replace(how: string): void {
    const { layout, ports } = this.#options;
    report(`the daemon ${how} without a goodbye; ${ports.size} services run on`);
    if (!this.#isLaunched) {
      answerLaunch({ launch: 'failed', message: `the daemon ${how} before it was ready: see ${layout.daemonLog}` });
      return this.#end(this.#isStopping ? 'halted' : 'unstarted');
    }
    // All was down, and it died before it could say so: there is nothing that another one could look after. A run that has ended and is not forgotten may
    // have left something behind.
    const { memory, latest } = ports.past;
    if (ports.size === 0 && memory.length === 0 && latest.length === 0) return this.#end('over');
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at <= DEATHS_PERIOD_MS), now];
    if (this.#deaths.length <= MOST_DEATHS) this.#fork();
    else if (this.#isStopping) this.#end('halted');
    else this.#giveUp(`it ${how}, the ${this.#deaths.length}th time within ${DEATHS_PERIOD_MS / 1_000} s`);
  }

  /** Services are kept alive without a daemon; who asks finds out why. */
  #giveUp(why: string): void {
    this.#hasGivenUp = true;
    report(`no further daemon is started: ${why}`);
    this.#tellFailure(why);
  }

  /** Who finds no such file does not know that it may ask for another daemon: on a full disk it is tried until it can be written. */
  #tellFailure(why: string): void {
    if (!this.#hasGivenUp || this.#isEnding) return;
    const { failure } = this.#options.layout;
    try {
      writeFileSync(failure, `${process.pid}\n${why}\n`, { mode: 0o600 });
    } catch (error) {
      report(`cannot write ${failure}`, error);
      setTimeout(() => this.#tellFailure(why), TELL_AGAIN_MS).unref();
    }
  }
}

function forgetFailure({ failure }: HomeLayout): void {
  try {
    rmSync(failure, { force: true });
  } catch (error) {
    // EROFS, EACCES: whoever reads it finds a daemon that answers.
    report(`cannot remove ${failure}`, error);
  }
}

/**
 * Calls `then` once, when the daemon has ended and everything it said has been heard: its last words may still be in
 * the channel when its exit is seen. Without its channel a daemon is of no use, so one that lost only that is killed.
 */
function whenGone(daemon: ChildProcess, then: (how: string) => void): void {
  let how: string | undefined;
  const check = (): void => {
    if (how !== undefined && !daemon.connected) then(how);
  };
  daemon.on('exit', (code, signal) => {
    how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    check();
  });
  daemon.on('disconnect', () => {
    if (how === undefined) setTimeout(() => daemon.kill('SIGKILL'), DAEMON_EXIT_MS).unref();
    check();
  });
  daemon.on('error', (error) => {
    report('daemon', error);
    if (daemon.pid === undefined) then(`could not be started (${error.message})`);
  });
}
