import { readFileSync, realpathSync } from 'node:fs';
import { errnoOf, PortsupError } from '../../base/errors.js';
import { readUnit, renderUnit } from '../render/systemd-unit.js';
import type { RunTool, ToolResult } from '../system-service.js';
import { asRoot, crontabLine } from './commands.js';
import { doubtful, type Finding, fine, wrong } from './finding.js';
import type { Init } from './init.js';
import type { BootJob } from './job.js';

/** What `systemctl is-system-running` says of a manager that can be talked to. */
const ANSWERS = /^(?:initializing|starting|running|degraded|maintenance|stopping)$/;
/** What is asked of a unit, see org.freedesktop.systemd1(5). */
const PROPERTIES = ['LoadState', 'FragmentPath', 'UnitFileState', 'ActiveState', 'Result', 'MainPID', 'NeedDaemonReload'] as const;

type Properties = Readonly<Record<string, string>>;

/** The systemd of the machine, or of the person. */
export function systemd(job: BootJob, run: RunTool): Init {
  const unit = `${job.name}.service`;
  const flags = job.scope === 'user' ? ['--user'] : [];
  const systemctl = async (...words: readonly string[]): Promise<string> => {
    const result = await run('systemctl', ...flags, ...words);
    if (result?.code === 0) return result.stdout;
    throw failed(['systemctl', ...flags, ...words], result);
  };
  return {
    render: renderUnit,
    read: readUnit,
    reach: async () => {
      if (!ANSWERS.test((await run('systemctl', 'is-system-running'))?.stdout ?? '')) throw notThere(job);
      if (job.scope === 'system') return;
      const own = await run('systemctl', '--user', 'is-system-running');
      if (!ANSWERS.test(own?.stdout ?? '')) throw notReached(job, own);
    },
    enable: async () => {
      await systemctl('daemon-reload');
      await systemctl('enable', unit);
      return job.scope === 'user' ? [await linger(job, run)] : [];
    },
    disable: async () => {
      await systemctl('disable', unit);
    },
    forget: async () => {
      await systemctl('daemon-reload');
    },
    look: async (keeper) => {
      const shown = propertiesIn(await systemctl('show', unit, `--property=${PROPERTIES.join(',')}`));
      return [
        enabledFinding(job, shown),
        ...(job.scope === 'user' ? [lingerFinding(job, await isLingering(job, run))] : []),
        ...startFindings(job, shown),
        keeperFinding(job, shown, keeper),
      ];
    },
  };
}

/** Lets the person's systemd run from boot on, not only while they are logged in; a finding, as it may not be theirs to decide. */
async function linger(job: BootJob, run: RunTool): Promise<Finding> {
  const { name } = job.user;
  if (await isLingering(job, run)) return lingerFinding(job, true);
  const result = await run('loginctl', '--no-ask-password', 'enable-linger', name);
  if (result?.code === 0) return lingerFinding(job, true);
  const reason = lastLine(result) || 'there is no loginctl';
  return wrong('lingering', `${name} may not let services run without being logged in (${reason})`, lingerRemedy(job));
}

async function isLingering({ user }: BootJob, run: RunTool): Promise<boolean> {
  // Of somebody who is neither logged in nor lingering it knows nothing, and fails.
  const result = await run('loginctl', 'show-user', user.name, '--property=Linger', '--value');
  return result?.code === 0 && result.stdout === 'yes';
}

const lingerFinding = (job: BootJob, isOn: boolean): Finding =>
  isOn
    ? fine('lingering', `on: ${job.user.name}'s services run from boot on, logged in or not`)
    : wrong('lingering', `off: portsup starts when ${job.user.name} logs in, and is stopped when they log out`, lingerRemedy(job));

const lingerRemedy = ({ user }: BootJob): string => `run "sudo loginctl enable-linger ${user.name}"`;

function enabledFinding(job: BootJob, shown: Properties): Finding {
  const { LoadState = '', FragmentPath = '', UnitFileState = '', NeedDaemonReload } = shown;
  const ctl = ctlOf(job);
  if (UnitFileState === 'masked' || LoadState === 'masked')
    return wrong('enabled', 'the unit is masked: systemd never starts it', `run "${ctl} unmask ${job.name}.service"`);
  if (NeedDaemonReload === 'yes')
    return wrong('enabled', 'systemd has not read the unit since it was changed', `run "${ctl} daemon-reload"`);
  if (FragmentPath !== '' && !isSameFile(FragmentPath, job.file))
    return wrong('enabled', `systemd takes the unit from ${FragmentPath}, not from ${job.file}`, 'remove the one that is not wanted');
  if (LoadState !== 'loaded')
    return wrong('enabled', `systemd cannot load the unit (${LoadState})`, `run "${ctl} status ${job.name}.service"`);
  if (UnitFileState === 'enabled') return fine('enabled', 'systemd starts it at boot');
  return wrong(
    'enabled',
    `the unit is ${UnitFileState || 'not known to systemd'}: it is not started at boot`,
    `run "${ctl} enable ${job.name}.service"`,
  );
}

function startFindings(job: BootJob, { ActiveState, Result }: Properties): readonly Finding[] {
  if (ActiveState !== 'failed') return [];
  const log = `journalctl ${job.scope === 'user' ? '--user ' : ''}-u ${job.name}.service`;
  return [wrong('start', `the last start or stop by systemd failed (${Result})`, `"${log}" says why; "portsup daemon logs" may, too`)];
}

function keeperFinding(job: BootJob, { MainPID }: Properties, keeper: number | undefined): Finding {
  const unit = `${job.name}.service`;
  if (keeper === undefined) return fine('keeper', 'it does not run now; the next boot brings up what was up');
  if (!isInUnit(keeper, unit)) {
    const remedy = `to hand it over now, with a stop of all services: kill ${keeper}, and when it has ended "${ctlOf(job)} restart ${unit}"`;
    return { ...fine('keeper', `process ${keeper}, started by hand: under the unit from the next boot on`), remedy };
  }
  if (MainPID === String(keeper)) return fine('keeper', `process ${keeper}, under the unit`);
  return doubtful(
    'keeper',
    `process ${keeper}, which systemd does not watch, as it has taken another's place`,
    `run "${ctlOf(job)} start ${unit}"`,
  );
}

/** Is the process in the unit's control group? The PID that systemd took from the file alone may be that of one started by hand. */
function isInUnit(pid: number, unit: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${unit}`);
  } catch (error) {
    // It has ended.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

const ctlOf = ({ scope }: BootJob): string => (scope === 'user' ? 'systemctl --user' : 'sudo systemctl');

/** "Key=value", one a line. */
const propertiesIn = (text: string): Properties =>
  Object.fromEntries(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

function isSameFile(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch (error) {
    // Not there, or not for us to see: then it is not the file that we have just read.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EACCES') return false;
    throw error;
  }
}

const notThere = (job: BootJob): PortsupError =>
  new PortsupError(
    'FAILED',
    'this machine was not booted by systemd (a container, or another init)',
    `let cron start it, by this line in "crontab -e": ${crontabLine(job)}`,
  );

function notReached(job: BootJob, result: ToolResult | undefined): PortsupError {
  const { name, uid } = job.user;
  return new PortsupError(
    'FAILED',
    `the systemd of ${name} cannot be reached: ${lastLine(result) || result?.stdout || 'no answer'}`,
    `after su or sudo, XDG_RUNTIME_DIR=/run/user/${uid} in the environment may help; or let the machine's systemd start it: ${asRoot('enable', job)}`,
  );
}

const failed = (words: readonly string[], result: ToolResult | undefined): PortsupError =>
  new PortsupError('FAILED', `${words.join(' ')}: ${lastLine(result) || `exit code ${result?.code}`}`, 'try that by hand');

const lastLine = (result: ToolResult | undefined): string => result?.stderr.split('\n').at(-1) ?? '';
