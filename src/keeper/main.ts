/**
 * The keeper: parent of the daemon and of every service; to portsup what erl_child_setup is to the Erlang VM. It is
 * started detached by the command line, takes the lock of its home (so there is one per home), forks the daemon and
 * then does as the daemon says: spawn, signal, reap. It decides nothing. It ends when the daemon has said goodbye and
 * has ended; when the daemon ends otherwise, everything is stopped first: nothing runs on unsupervised.
 *
 * Who started it waits for one line on file descriptor 3, see LaunchAnswer.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { PortsupError } from '../base/errors.js';
import type { LaunchAnswer } from '../base/launch-answer.js';
import { ownHome } from '../base/own-home.js';
import { prepareHome } from './home-folders.js';
import { answerLaunch, closeStrangeFds } from './inherited.js';
import { takeLock } from './lock.js';
import { Ports } from './ports.js';
import type { BootNews, KeeperNews, KeeperOrder } from './protocol.js';
import { PROTOCOL_VERSION } from './protocol.js';
import { report } from './report.js';

/** How long services may take to end after the daemon has died without a goodbye. */
const LAST_GRACE_MS = 5_000;
/** How long a daemon that has closed its channel may take to end. */
const DAEMON_EXIT_MS = 1_000;

process.title = 'portsup-keeper';
// Init, which inherits us, may take its time to reap (in containers seconds): what is over must not look like a keeper.
process.on('exit', () => {
  process.title = 'ended';
});
start();

function start(): void {
  try {
    closeStrangeFds();
    const layout = ownHome();
    prepareHome(layout);
    if (takeLock(layout.lock)) keep(layout.daemonLog);
    else answerLaunch({ launch: 'taken' });
  } catch (error) {
    answerLaunch(refusal(error));
    process.exitCode = 1;
  }
}

function refusal(error: unknown): LaunchAnswer {
  if (error instanceof PortsupError) {
    const { code, message, hint } = error;
    return { launch: 'failed', message: `${message}: ${hint}`, error: { code, message, hint } };
  }
  report('cannot start', error);
  return { launch: 'failed', message: String(error) };
}

function keep(daemonLog: string): void {
  const daemon = fork(new URL('./daemon.cjs', import.meta.url), [], {
    env: { ...process.env, PORTSUP_KEEPER_PID: String(process.pid) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ports = new Ports((news) => tell(daemon, news));
  let booted = false;
  let goodbye = false;
  daemon.on('message', (message: KeeperOrder | BootNews) => {
    if ('boot' in message) {
      booted = true;
      answerLaunch(message.boot === 'ready' ? { launch: 'ready' } : { launch: 'failed', message: message.message });
    } else if (message.do === 'goodbye') goodbye = true;
    else ports.obey(message);
  });
  tell(daemon, { news: 'hello', protocol: PROTOCOL_VERSION, pid: process.pid });
  passSignals(daemon);
  whenGone(daemon, (how) => {
    if (!booted) answerLaunch({ launch: 'failed', message: `the daemon ${how} before it was ready: see ${daemonLog}` });
    if (!goodbye) report(`the daemon ${how} without a goodbye; stopping ${ports.size} running services`);
    ports.endAll(LAST_GRACE_MS, () => process.exit(goodbye ? 0 : 1));
  });
}

function tell(daemon: ChildProcess, news: KeeperNews): void {
  // A daemon that is gone cannot be told; whenGone sees to that, so the callback has nothing to add.
  if (daemon.connected) daemon.send(news, () => undefined);
}

/** Handlers rather than SIG_IGN, which services would inherit. The daemon stops everything in order on SIGTERM. */
function passSignals(daemon: ChildProcess): void {
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => daemon.kill('SIGTERM'));
  process.on('SIGTERM', () => daemon.kill('SIGTERM'));
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
