/**
 * The daemon: forked by the keeper, it puts everything together and listens. It ends when the last application is
 * down, when it is asked to, or when the keeper is gone.
 */
import { messageOf } from '../base/errors.js';
import { ownHome } from '../base/own-home.js';
import { systemClock } from '../base/system-clock.js';
import { version } from '../base/version.js';
import { type ControlServer, startServer } from '../control/server.js';
import { composeDaemon } from './compose.js';
import type { DaemonContext } from './context.js';
import { endOrphans } from './end-orphans.js';
import { createHandlers } from './handlers.js';

process.title = 'portsupd';
void main(); // What it throws is a bug, and ends the daemon as an unhandled rejection.

async function main(): Promise<void> {
  const clock = systemClock;
  const layout = ownHome();
  const warn = (message: string): void => void process.stderr.write(`${clock.wallTime(clock.now()).toISOString()} ${message}\n`);
  const onKeeperGone = (): void => {
    if (context.isEnding()) process.exit(0);
    warn('the keeper is gone; ending what it left');
    endOrphans(context.runtime.forest(), clock, () => process.exit(1));
  };
  const onEnd = (): void => {
    recordDaemon(context, 'daemon_stopped');
    void end(context, server); // What fails in it is a bug, and ends the daemon as an unhandled rejection.
  };
  const context = composeDaemon({ clock, layout, warn, onEnd, onKeeperGone });
  const server = await startServer({ socket: layout.socket, handlers: createHandlers(context), version }).catch((error: unknown) => {
    context.keeper.bootNews({ boot: 'failed', message: messageOf(error) });
    throw error;
  });
  recordDaemon(context, 'daemon_started');
  process.on('SIGHUP', () => undefined);
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.on(name, () => {
      downAndEnd(context);
    });
  context.keeper.bootNews({ boot: 'ready', message: '' });
}

/** Lets what is being answered be answered, writes what has to be written, says goodbye. */
async function end({ ports, journal, keeper }: DaemonContext, server: ControlServer): Promise<void> {
  await server.close();
  await ports.close();
  await journal.close();
  keeper.send({ do: 'goodbye' });
  // The channel is the last thing that keeps this process alive; the keeper ends when it is closed and we are gone.
  process.disconnect();
}

/** Orderly end on a signal: every application down, then the end. */
function downAndEnd(context: DaemonContext): void {
  const { runtime } = context;
  const endIfIdle = (): void => {
    if (Object.keys(runtime.forest().apps).length === 0) context.end();
  };
  runtime.onChange(endIfIdle);
  for (const app of Object.keys(runtime.forest().apps)) runtime.post({ type: 'down-asked', app, graceMs: null });
  endIfIdle();
}

function recordDaemon({ record, clock }: DaemonContext, event: 'daemon_started' | 'daemon_stopped'): void {
  record({
    at: clock.wallTime(clock.now()).toISOString(),
    app: null,
    path: null,
    event,
    pid: process.pid,
    run: null,
    exit: null,
    cause: null,
    by: 'daemon',
    type: 'info',
    supervisor: null,
  });
}
