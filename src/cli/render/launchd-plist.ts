/**
 * The property list by which launchd starts portsup. Pure.
 *
 * launchd runs "daemon start" once, when the plist is loaded (at boot, or at login for an agent), and that ends when the daemon listens.
 * launchd wants its programs in the foreground and kills what is left of their process group: the keeper is in a session of its own, and
 * `AbandonProcessGroup` turns this off. So launchd does not watch the keeper, and there is no `KeepAlive`, which would run a program that
 * has ended well again and again. `ProcessType` Interactive, because services inherit the throttling of processor and disk that launchd gives to jobs without it.
 */
import type { BootJob } from '../boot/job.js';
import type { StartedProgram } from './systemd-unit.js';
import { UNIT_MARK } from './unit-mark.js';

/** The text of the plist: each key on one line with its value. */
export function renderPlist(job: BootJob): string {
  const log = string(logOf(job));
  const environment = Object.entries(job.environment).map(([name, value]) => `${key(name)}${string(value)}`);
  const entries = [
    `${key('Label')}${string(job.name)}`,
    ...(job.scope === 'system' ? [`${key('UserName')}${string(job.user.name)}`] : []),
    `${key('ProgramArguments')}<array>${[job.node, job.launcher, 'daemon', 'start'].map(string).join('')}</array>`,
    `${key('EnvironmentVariables')}<dict>${environment.join('')}</dict>`,
    `${key('RunAtLoad')}<true/>`,
    `${key('AbandonProcessGroup')}<true/>`,
    `${key('ProcessType')}<string>Interactive</string>`,
    `${key('StandardOutPath')}${log}`,
    `${key('StandardErrorPath')}${log}`,
  ];
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${UNIT_MARK} -->`,
    '<plist version="1.0">',
    '<dict>',
    ...entries.map((entry) => `  ${entry}`),
    '</dict>',
    '</plist>',
  ];
  return `${lines.join('\n')}\n`;
}

/** What a plist of ours starts; undefined when its ProgramArguments are none that we write. */
export function readPlist(text: string): StartedProgram | undefined {
  const [node, launcher, ...words] = stringsOf(/<key>ProgramArguments<\/key><array>(.*)<\/array>/.exec(text)?.[1] ?? '');
  if (node === undefined || launcher === undefined || words.join(' ') !== 'daemon start') return undefined;
  const [path] = stringsOf(/<key>PATH<\/key>(<string>.*?<\/string>)/.exec(text)?.[1] ?? '');
  return { node, launcher, path };
}

/** A folder that is there and that the person may write to; without one launchd does not start the program. */
const logOf = ({ user, scope, name }: BootJob): string =>
  `${scope === 'system' && user.uid === 0 ? '' : user.folder}/Library/Logs/${name}.log`;

const key = (name: string): string => `<key>${escaped(name)}</key>`;
const string = (text: string): string => `<string>${escaped(text)}</string>`;
const stringsOf = (xml: string): readonly string[] => [...xml.matchAll(/<string>(.*?)<\/string>/g)].map(([, text = '']) => unescaped(text));

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const unescaped = (text: string): string => text.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
