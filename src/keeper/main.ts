/**
 * The keeper: parent of the daemon and of every service; to portsup what erl_child_setup is to the Erlang VM. It is
 * started detached by the command line, takes the lock of its home (so there is one per home), forks the daemon and
 * then does as the daemon says: spawn, signal, reap. It decides nothing. It ends when the daemon has said goodbye and
 * has ended. A daemon that ends otherwise is replaced, under running services: the next one is told what the last one knew
 * and what has happened since.
 *
 * Who started it waits for one line on file descriptor 3, see LaunchAnswer.
 */
import { fileURLToPath } from 'node:url';
import { PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import type { LaunchAnswer } from '../base/launch-answer.js';
import { ownHome } from '../base/own-home.js';
import { Daemons } from './daemons.js';
import { prepareHome } from './home-folders.js';
import { answerLaunch, closeStrangeFds } from './inherited.js';
import { takeLock } from './lock.js';
import { Ports } from './ports.js';
import { report } from './report.js';

/** How long services may take to end when nobody is there to stop them in order. */
const LAST_GRACE_MS = 5_000;

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
    if (takeLock(layout.lock)) keep(layout);
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

function keep(layout: HomeLayout): void {
  const ports = new Ports((news) => {
    daemons.tell(news);
  });
  const onEnd = (code: number): void => {
    ports.endAll(LAST_GRACE_MS, () => process.exit(code));
  };
  const daemons = new Daemons({ layout, ports, program: fileURLToPath(new URL('./daemon.cjs', import.meta.url)), onEnd });
  // Handlers rather than SIG_IGN, which services would inherit.
  process.on('SIGHUP', () => daemons.start());
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => daemons.stop());
  daemons.start();
}
