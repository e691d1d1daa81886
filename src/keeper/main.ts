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
import { bootOf } from '../base/machine.js';
import { ownHome } from '../base/own-home.js';
import { isSameBoot, type StateRead } from '../base/run-state.js';
import { Daemons, type DaemonsOptions, type KeeperEnd } from './daemons.js';
import { prepareHome } from './home-folders.js';
import { answerLaunch, closeStrangeFds } from './inherited.js';
import { type Lock, takeLock } from './lock.js';
import { Ports } from './ports.js';
import { report } from './report.js';
import { StateFile } from './state-file.js';

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
    const lock = takeLock(layout.lock);
    if (lock) keep(layout, lock);
    else answerLaunch({ launch: 'taken' });
  } catch (error) {
    answerLaunch(refusal(error));
    // At once: whatever has been begun, like the watch over adopted runs, must not keep the lock.
    process.exit(1);
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

function keep(layout: HomeLayout, lock: Lock): void {
  // Before there is a daemon nobody has to be told: its hello says all that has happened.
  let daemons: Daemons | null = null;
  const onTrouble = (why: string | null): void => {
    daemons?.tell({ news: 'state-trouble', why });
  };
  const boot = bootOf();
  const state = new StateFile({ path: layout.state, boot, lines: () => ports.lines, onTrouble });
  const ports = new Ports(state, (news) => {
    daemons?.tell(news);
  });
  const onEnd = (end: KeeperEnd): void => {
    if (end === 'unstarted') process.exit(1);
    if (end === 'halted') state.freeze();
    ports.endAll(LAST_GRACE_MS, () => {
      state.remove();
      lock.signOff();
      process.exit(0);
    });
  };
  const inherited = inherit(ports, state.read(), { boot, wasLeft: lock.wasLeft });
  const program = fileURLToPath(new URL('./daemon.cjs', import.meta.url));
  daemons = new Daemons({ layout, ports, program, inherited, stateTrouble: () => state.trouble, onEnd });
  // Handlers rather than SIG_IGN, which services would inherit.
  process.on('SIGHUP', () => daemons?.start());
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => daemons?.stop());
  // It is the daemon's; who means it may know only our PID.
  process.on('SIGUSR2', () => daemons?.signal('SIGUSR2'));
  daemons.start();
}

/**
 * Takes over what an earlier keeper has left: its services if they may still run; of those that cannot, what they were is handed on,
 * to be brought up again.
 */
function inherit(
  ports: Ports,
  read: StateRead,
  { boot, wasLeft }: { readonly boot: string; readonly wasLeft: boolean },
): DaemonsOptions['inherited'] {
  if (read.kind === 'damaged') {
    return { inherited: 'nothing', notes: [`the state of an earlier keeper was damaged (${read.why}) and is set aside`] };
  }
  if (read.kind === 'none' || read.state.memory.size === 0) return wasLeft ? { inherited: 'nothing' } : {};
  const { state } = read;
  if (!state.isHalted && isSameBoot(state.boot, boot)) {
    ports.inherit(state);
    return { inherited: 'adopted' };
  }
  ports.remember(state);
  return { inherited: 'over' };
}
