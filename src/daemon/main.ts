/**
 * The daemon: forked by the keeper, it puts everything together and listens. It ends when the last application is
 * down, when it is asked to, or when the keeper is gone.
 */
import { existsSync, watch } from 'node:fs';
import { messageOf } from '../base/errors.js';
import { ownHome } from '../base/own-home.js';
import { writeStderr } from '../base/stderr.js';
import { systemClock } from '../base/system-clock.js';
import { version } from '../base/version.js';
import { type ControlServer, startServer } from '../control/server.js';
import { daemonEntry } from '../journal/entry.js';
import { OLDEST_PROTOCOL } from '../keeper/protocol.js';
import { isLetter } from './alarms/webhooks.js';
import { isAsking } from './asked.js';
import { collectWhenQuiet } from './collect.js';
import { composeDaemon } from './compose.js';
import { isOutOfFiles } from './conditions.js';
import type { DaemonContext } from './context.js';
import { createHandlers } from './handlers.js';
import { isCommandLetter } from './hook-memory.js';
import { relay } from './relay.js';
import { type Hello, takeOver } from './take-over.js';
import { isIdle } from './up.js';

process.title = 'portsupd';
main();

/** Goes to the daemon's log. */
function warn(message: string): void {
  writeStderr(`${systemClock.wallTime(systemClock.now()).toISOString()} ${message}`);
}

function main(): void {
  const clock = systemClock;
  const layout = ownHome();
  let hasSpoken = false;
  let server: ControlServer | undefined;
  let unwatch = (): void => undefined;
  const context = composeDaemon({
    clock,
    layout,
    warn,
    onHello: async (hello) => {
      const taken = await takeOver(context, hello, warn);
      // What fails in it is a bug or told as boot news, and ends the daemon as an unhandled rejection.
      void listen(context).then((listening) => {
        server = listening;
        unwatch = watchSocket(context);
        recordDaemon(context, 'daemon_started', taken);
        tellReady(context, hello, taken);
        if (isIdle(context) && wasEnding(hello)) context.end();
      });
    },
    onEnd: (lastWord) => {
      tellEnd(context, lastWord.do);
      void end(context, server, lastWord.do).then(() => {
        hasSpoken = true;
        context.keeper.send(lastWord);
        // The channel is the last thing that keeps this process alive.
        if (process.connected) process.disconnect();
      });
    },
    onKeeperGone: () => {
      if (hasSpoken || isIdle(context)) process.exit(0);
      warn('the keeper is gone; another one takes over');
      unwatch();
      for (const part of [context.triggers, context.health, context.alarmSources, context.space]) part.close();
      context.hooks.halt();
      // It never rejects for what another process does; a bug in it ends the daemon, and services live on.
      void relay(context, server, warn).then(() => process.exit(0));
    },
  });
  attend(context);
}

/**
 * Where all is down: was the daemon before, of the same keeper, about to end when it died? It only waited for who was told of that, or for what a run had left
 * behind. The first daemon of a keeper is one that somebody wants.
 */
const wasEnding = ({ inherited, latest, memory }: Hello): boolean =>
  inherited === undefined && (latest.length > 0 || memory.some(([key]) => isLetter(key) || isCommandLetter(key) || isAsking(key)));

function tellEnd(context: DaemonContext, lastWord: 'goodbye' | 'succeed'): void {
  // What goes on with the next daemon, or after a reboot, goes on being wrong.
  if (lastWord === 'goodbye' && !context.isHalting()) context.alarms.clearAll('portsup ends');
  recordDaemon(context, 'daemon_stopped', whyItEnds(context, lastWord));
}

/** Null: the last application was taken down. */
function whyItEnds(context: DaemonContext, lastWord: 'goodbye' | 'succeed'): string | null {
  if (lastWord === 'succeed') return 'another one takes over';
  return context.isHalting() ? 'portsup was asked to end' : null;
}

/** What this process is to react to. */
function attend(context: DaemonContext): void {
  context.feed.subscribe(collectWhenQuiet(context.clock));
  // With the last application that is taken down; also when whoever asked for it has not waited for the end of it (Ctrl-C).
  context.runtime.onChange(() => {
    if (isIdle(context)) context.end();
  });
  process.on('SIGHUP', () => undefined);
  // As logrotate's postrotate has it.
  process.on('SIGUSR2', () => context.ports.reopenFiles());
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => downAndEnd(context));
}

function tellReady({ keeper }: DaemonContext, { inherited, protocol }: Hello, taken: string | null): void {
  keeper.bootNews({ boot: 'ready', message: (inherited && taken) ?? '' });
  // What follows is what follows whenever a keeper is killed: another one, of this version, takes the services over.
  if (protocol < OLDEST_PROTOCOL) process.kill(keeper.pid, 'SIGKILL');
}

function listen(context: DaemonContext): Promise<ControlServer> {
  const { layout, keeper, conditions, alarms } = context;
  const told = {
    conditions: conditions.all,
    alarms: () => alarms.all().filter(({ source }) => source !== 'portsup').length,
    onTrouble: (error: Error) => {
      if (!isOutOfFiles(conditions, error)) writeStderr(`a caller could not be let in: ${error.message}`);
    },
  };
  return startServer({ socket: layout.socket, handlers: createHandlers(context), version, ...told }).catch((error: unknown) => {
    keeper.bootNews({ boot: 'failed', message: messageOf(error) });
    throw error;
  });
}

/** Without its socket a daemon would go on unseen, and the next `up` would start everything a second time. The returned function ends that. */
function watchSocket(context: DaemonContext): () => void {
  const { runtime, socket } = context.layout;
  const onChange = (): void => {
    if (context.isEnding() || existsSync(socket)) return;
    warn(`${socket} has been removed: nobody can reach this daemon any more, so everything is stopped`);
    downAndEnd(context);
  };
  const onError = (error: unknown): void => {
    warn(`cannot watch ${runtime}: ${messageOf(error)}`);
  };
  try {
    const watcher = watch(runtime, { persistent: false }, onChange).on('error', onError);
    return () => {
      watcher.close();
    };
  } catch (error) {
    onError(error);
    return () => undefined;
  }
}

/** Lets what is being answered be answered, and writes what has to be written. */
async function end(context: DaemonContext, server: ControlServer | undefined, lastWord: 'goodbye' | 'succeed'): Promise<void> {
  const { runtime, ports, journal, clock, hooks, triggers, health, alarmSources, space } = context;
  for (const part of [triggers, health, alarmSources, space]) part.close();
  // Whoever follows events hears of the last ones before that is cut off.
  await new Promise<void>((resolve) => {
    clock.after(0, resolve);
  });
  // Beside the other: both together take no longer than the one that takes longer.
  const told = lastWord === 'goodbye' ? hooks.close() : undefined;
  const settled = health.settled();
  await server?.close();
  await Promise.all([told, settled]);
  // The end of a run whose last words nobody takes any more is the next daemon's to deal with.
  runtime.halt();
  if (lastWord === 'succeed') hooks.handOver();
  await ports.close();
  await journal.close();
}

/** Orderly end on a signal: every application down, then the end. What was up is brought up again by the next `daemon start`. */
function downAndEnd(context: DaemonContext): void {
  const { runtime } = context;
  context.halt();
  for (const app of Object.keys(runtime.forest().apps)) runtime.post({ type: 'down-asked', app, graceMs: null, isHalt: true });
  if (isIdle(context)) context.end();
}

function recordDaemon({ record, clock }: DaemonContext, event: 'daemon_started' | 'daemon_stopped', cause: string | null): void {
  record({ ...daemonEntry(clock.wallTime(clock.now()).toISOString(), event, cause), pid: process.pid });
}
