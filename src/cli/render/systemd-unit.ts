/**
 * The systemd unit that starts portsup at boot. Pure.
 *
 * `Type=forking`: "daemon start" ends when the daemon listens, and the keeper, which goes on, is what systemd watches.
 * (`Type=notify` would need datagrams on a Unix socket, which Node has not, so the program systemd-notify; it would tell systemd
 * nothing more.) The PID file is a copy of the first line of the home's lock, in a folder of the unit's own that lives as
 * long as the unit is active: systemd removes a PID file at the end, and must not remove the lock.
 *
 * `KillMode=process`: SIGTERM goes to the keeper alone, which stops all services in order, each with its own grace. With `mixed`
 * systemd would SIGKILL all services the moment the keeper dies; like this they live on, and `Restart=on-failure` runs
 * "daemon start" again, which adopts them. A keeper that ends by itself (`down`) has exit code 0: nothing is left running.
 *
 * `OOMPolicy=continue`, as otherwise systemd stops everything when the kernel kills one service for want of memory, and
 * `TasksMax=infinity`, as all services with all their threads count as this one unit.
 */
import type { BootJob } from '../boot/job.js';
import { UNIT_MARK } from './unit-mark.js';

/** What an installed unit starts, read from its text. */
export interface StartedProgram {
  readonly node: string;
  readonly launcher: string;
  /** Undefined: it has none. */
  readonly path: string | undefined;
}

/**
 * How long systemd waits for the keeper to have stopped everything, before it kills the keeper alone. Services with a longer
 * `shutdown` live on, until the machine itself ends them.
 */
const STOP_LIMIT = '5min';

/** A daemon that has lost its keeper starts another one by itself within this time: then there is just its PID to be learnt. */
const RESTART_DELAY = '1s';

/** Copies its first argument to its second: there is a node in any case, but not everywhere a /bin/cp. */
const COPY = 'fs.copyFileSync(...process.argv.slice(1))';

/** The text of the unit. Paths must hold no control characters. */
export function renderUnit(job: BootJob): string {
  const { name, scope, node, launcher, home } = job;
  // systemd makes it below /run or $XDG_RUNTIME_DIR (%t), where portsup's own folder is called "portsup".
  const folder = `${name}-unit`;
  const pidFile = `%t/${folder}/pid`;
  const lines = [
    `# ${UNIT_MARK}`,
    `# For changes of your own: systemctl ${scope === 'user' ? '--user ' : ''}edit ${name}.service`,
    '[Unit]',
    `Description=portsup (${withoutSpecifiers(home)})`,
    // Programs that need the network and end without it would use up their supervisor's budget within milliseconds.
    ...(scope === 'system' ? ['Wants=network-online.target', 'After=network-online.target remote-fs.target nss-user-lookup.target'] : []),
    '',
    '[Service]',
    'Type=forking',
    ...(scope === 'system' ? [`User=${job.user.name}`] : []),
    ...Object.entries(job.environment).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`),
    `ExecStart=${quoted(node)} ${argument(launcher)} daemon start`,
    `RuntimeDirectory=${folder}`,
    'RuntimeDirectoryMode=0700',
    `ExecStartPost=${quoted(node)} -e ${argument(COPY)} ${argument(`${home}/lock`)} ${pidFile}`,
    `PIDFile=${pidFile}`,
    'Restart=on-failure',
    `RestartSec=${RESTART_DELAY}`,
    'KillMode=process',
    `TimeoutStopSec=${STOP_LIMIT}`,
    'OOMPolicy=continue',
    'TasksMax=infinity',
    '',
    '[Install]',
    `WantedBy=${scope === 'user' ? 'default' : 'multi-user'}.target`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What a unit of ours starts; undefined when its ExecStart is none that we write. */
export function readUnit(text: string): StartedProgram | undefined {
  const [node, launcher, ...words] = wordsOf(/^ExecStart=(.*)$/m.exec(text)?.[1] ?? '');
  if (node === undefined || launcher === undefined || words.join(' ') !== 'daemon start') return undefined;
  const [variable = ''] = wordsOf(/^Environment=("PATH=.*)$/m.exec(text)?.[1] ?? '');
  return { node, launcher: launcher.replaceAll('$$', '$'), path: variable === '' ? undefined : variable.slice('PATH='.length) };
}

/** One word, as systemd.syntax(7) has it: quotes, C escapes, "%%" for a percent sign. */
const quoted = (text: string): string => `"${withoutSpecifiers(text).replace(/["\\]/g, '\\$&')}"`;

/** An argument, in which variables would be expanded; in the path of the program they are not. */
const argument = (text: string): string => quoted(text.replaceAll('$', '$$$$'));

const withoutSpecifiers = (text: string): string => text.replaceAll('%', '%%');

/** The words of a command line as `quoted` writes them, or plain. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, inQuotes, plain = '']) =>
    (inQuotes ?? plain).replace(/\\(.)/g, '$1').replaceAll('%%', '%'),
  );
