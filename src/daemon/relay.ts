/**
 * The keeper has been killed: its services live on, but nobody is their parent, and nobody can spawn any more. So this daemon starts
 * another keeper, which takes the services over and forks another daemon; until that one listens, this one holds the pipes of the services
 * open (what they say waits there, and their standard input does not end) and does nothing else.
 */
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock, Millis } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { LaunchAnswer } from '../base/launch-answer.js';
import { launchKeeper } from '../base/launch-keeper.js';
import type { ControlServer } from '../control/server.js';
import type { DaemonContext } from './context.js';

/** A disk that takes nothing must not keep the next daemon waiting. */
const WRITE_LIMIT_MS: Millis = 1_000;
/** So long a keeper that somebody else has just started may take to open the pipes. */
const TAKEN_MS: Millis = 1_000;
const FIRST_RETRY_MS: Millis = 500;
const LONGEST_RETRY_MS: Millis = 30_000;

type RelayContext = Pick<DaemonContext, 'runtime' | 'ports' | 'journal' | 'clock' | 'layout'>;

/** Resolves when another keeper has taken over; it tries as long as that takes. */
export async function relay(context: RelayContext, server: ControlServer | undefined, warn: (message: string) => void): Promise<void> {
  const { runtime, ports, journal, clock, layout } = context;
  runtime.halt();
  announce(layout.relay, warn);
  await server?.close(0);
  ports.pause();
  await Promise.race([journal.close(), delay(clock, WRITE_LIMIT_MS)]);
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)) {
    const answer = await launch(layout.daemonLog);
    if (answer.launch === 'taken') await delay(clock, TAKEN_MS);
    if (answer.launch !== 'failed') break;
    warn(`no other keeper can be started: ${answer.message}; services run on unsupervised, it is tried again in ${retryMs} ms`);
    await delay(clock, retryMs);
  }
  retract(layout.relay, warn);
}

/** Whoever finds no daemon now is told by this that one is about to come. */
function announce(file: string, warn: (message: string) => void): void {
  try {
    writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    warn(`cannot write ${file}: ${messageOf(error)}`);
  }
}

function retract(file: string, warn: (message: string) => void): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    // It names this process, which is about to end: nobody goes by it any more.
    warn(`cannot remove ${file}: ${messageOf(error)}`);
  }
}

async function launch(log: string): Promise<LaunchAnswer> {
  let fd: number;
  try {
    fd = openSync(log, 'a', 0o600);
  } catch (error) {
    return { launch: 'failed', message: messageOf(error) };
  }
  const { PORTSUP_KEEPER_PID: _keeper, ...env } = process.env;
  try {
    return await launchKeeper({ program: join(dirname(process.argv[1] ?? ''), 'keeper.cjs'), env, log: fd });
  } finally {
    closeSync(fd);
  }
}

const delay = (clock: Clock, delayMs: Millis): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
