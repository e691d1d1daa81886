/**
 * Starts the keeper, which starts the daemon. The only place of the command line that starts a process: `up` comes here when
 * nobody listens. The keeper answers on its file descriptor 3 as soon as the daemon listens, so nothing is polled on the
 * normal way; polling is for the case that somebody else is starting one at the same time, or that one is just ending.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, messageOf, PortsupError } from '../base/errors.js';
import type { LaunchAnswer } from '../base/launch-answer.js';
import { systemClock } from '../base/system-clock.js';
import { inheritedEnvironment } from '../config/environment.js';
import { isListening } from '../control/client.js';
import type { Context, Environment } from './context.js';

/**
 * How Node runs keeper and daemon (which inherits them). They are idle most of the time, so 16 MB of garbage before the first
 * collection and a compiler thread per core are wasted on them: with 1000 services they take 69 MB with these flags, 92 MB without.
 */
const NODE_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1'];

const LIMIT_MS = 10_000;
const STEP_MS = 10;
/** Somebody else's daemon that does not listen after this long may be one that is ending: then we try to start ours again. */
const TAKEN_MS = 250;

/**
 * Makes sure that a daemon listens on the home's socket.
 *
 * @throws {@link PortsupError} `FAILED` with the keeper's reason and the path of the daemon's log, `NOT_PERMITTED` when the home
 * or the socket is not ours, `TIMEOUT` when somebody holds the home's lock but nobody listens for 10 s.
 */
export async function ensureDaemon(context: Pick<Context, 'layout' | 'env' | 'keeperProgram'>): Promise<void> {
  const { layout } = context;
  const deadline = systemClock.now() + LIMIT_MS;
  while (!(await isListening(layout.socket))) {
    if (systemClock.now() > deadline) throw neverListens(layout.lock, layout.daemonLog);
    const answer = await launch(context);
    if (answer.launch === 'failed') throw launchError(answer, layout.daemonLog);
    if (answer.launch === 'taken') await untilListening(layout.socket, systemClock.now() + TAKEN_MS);
  }
}

function launchError({ message, error }: Extract<LaunchAnswer, { launch: 'failed' }>, log: string): PortsupError {
  if (error) return new PortsupError(error.code, error.message, error.hint);
  return new PortsupError('FAILED', `the daemon did not start: ${message}`, `see ${log}`);
}

async function untilListening(socket: string, until: number): Promise<void> {
  while (systemClock.now() < until && !(await isListening(socket))) await delay(STEP_MS);
}

async function launch({ layout, env, keeperProgram }: Pick<Context, 'layout' | 'env' | 'keeperProgram'>): Promise<LaunchAnswer> {
  const log = openLog(layout.home, layout.daemonLog);
  try {
    const keeper = spawn(process.execPath, [...NODE_FLAGS, keeperProgram], {
      cwd: '/',
      detached: true,
      env: environmentOf(env),
      stdio: ['ignore', log, log, 'pipe'],
    });
    keeper.unref();
    return await answerOf(keeper);
  } finally {
    closeSync(log);
  }
}

/** The one line that the keeper writes; without one, its end is the answer. */
function answerOf(keeper: ChildProcess): Promise<LaunchAnswer> {
  return new Promise((resolve) => {
    const pipe = keeper.stdio[3] as Readable;
    let text = '';
    const settle = (answer: LaunchAnswer): void => {
      pipe.destroy();
      resolve(answer);
    };
    keeper.once('error', (error) => {
      settle({ launch: 'failed', message: messageOf(error) });
    });
    pipe.setEncoding('utf8');
    pipe.on('error', (error) => {
      settle({ launch: 'failed', message: messageOf(error) });
    });
    pipe.on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) settle(JSON.parse(text) as LaunchAnswer);
    });
    pipe.on('end', () => {
      settle({ launch: 'failed', message: 'the keeper ended without a reason' });
    });
  });
}

/** The keeper makes and checks the other folders; this one has to be there for its log. */
function openLog(home: string, path: string): number {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  } catch (error) {
    const denied = errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM';
    throw new PortsupError(
      denied ? 'NOT_PERMITTED' : 'FAILED',
      `cannot write to the home ${home}: ${messageOf(error)}`,
      'set PORTSUP_HOME to a folder of your own',
      {
        cause: error,
      },
    );
  }
}

/**
 * The keeper gets the environment of who starts it, so that whoever marks what it starts by a variable finds it again (tests,
 * benchmarks, session managers). Except what is meant for another Node: NODE_EXTRA_CA_CERTS alone would cost 30 ms at each start.
 * Services get nothing of it: theirs is what `up` sends.
 */
const environmentOf = (env: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(inheritedEnvironment(env)).filter(([name]) => !name.startsWith('NODE_')));

const neverListens = (lock: string, log: string): PortsupError =>
  new PortsupError('TIMEOUT', `another portsup holds ${lock}, but nobody answered for ${LIMIT_MS / 1_000} s`, `see ${log}`);
