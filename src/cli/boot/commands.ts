/** Command lines that are told to people as remedies. Pure. */
import { shellWord } from '../render/shell-word.js';
import type { BootJob } from './job.js';

/** "portsup boot enable", with the option that means this job. */
export const portsupBoot = (verb: string, { scope, user }: BootJob): string =>
  `portsup boot ${verb}${scope === 'user' ? '' : ` --user ${user.name}`}`;

/** The same, by root, whose PATH may know neither node nor portsup. */
export function asRoot(verb: string, { node, launcher, user, environment }: BootJob): string {
  const home = environment['PORTSUP_HOME'];
  const variable = home === undefined ? [] : [`PORTSUP_HOME=${home}`];
  return ['sudo', ...variable, node, launcher, 'boot', verb, '--user', user.name].map(shellWord).join(' ');
}

/** The line for crontab(5) that does without systemd; a percent sign would end the command there. */
export function crontabLine({ node, launcher, environment }: BootJob): string {
  const variables = Object.entries(environment).filter(([name]) => name !== 'PATH');
  const words = [...variables.map(([name, value]) => `${name}=${shellWord(value)}`), ...[node, launcher, 'daemon', 'start'].map(shellWord)];
  return `@reboot ${words.join(' ').replaceAll('%', '\\%')}`;
}
