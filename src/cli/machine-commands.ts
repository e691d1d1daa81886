/** The commands about portsup itself: its daemon, and start at boot; and the options that they share with others. Pure. */
import type { CommandSpec, GroupSpec } from './command-spec.js';
import type { OptionSpec } from './option-values.js';

/** For what stops something. */
export const timeout: OptionSpec = {
  name: 'timeout',
  short: 't',
  kind: 'duration',
  value: 'DURATION',
  summary: 'SIGKILL what has not ended by then; instead of each one\'s "shutdown"',
};

/** How many lines. */
export const lines: OptionSpec = { name: 'lines', short: 'n', kind: 'lines', value: 'N', summary: 'only the last N, or "all"; default 50' };

/** Goes on with what comes. */
export const follow: OptionSpec = { name: 'follow', short: 'f', kind: 'flag', summary: 'go on with new lines until Ctrl-C' };

/** Services that are only there when they are asked for. */
export const profile: OptionSpec = {
  name: 'profile',
  kind: 'texts',
  value: 'NAME',
  summary: 'with the services of this profile, too; may be given again',
};

/** As many operands as there are. */
export const MANY = Number.POSITIVE_INFINITY;

/** What most commands are. */
export const base = { aliases: [], section: 'everyday', operands: '[NAME...]', arity: [0, MANY], passes: false, options: [] } as const;

/** What commands about portsup itself are. */
const machine = { ...base, section: 'machine', operands: '', arity: [0, 0] } as const;

const machineWide: readonly OptionSpec[] = [
  { name: 'system', kind: 'flag', summary: "by the machine's own init system, which takes root; always so for root" },
  { name: 'user', kind: 'text', value: 'NAME', summary: 'the same, for the portsup of NAME' },
];

/** What commands of two words begin with. */
export const groups: readonly GroupSpec[] = [
  {
    name: 'daemon',
    summary: 'the daemon that holds all applications',
    examples: ['portsup daemon status', 'portsup daemon logs -n 20'],
  },
  {
    name: 'boot',
    summary: 'start at boot, by systemd or launchd',
    examples: ['portsup boot enable', 'portsup boot status'],
  },
];

/** In the order of the help. */
export const machineCommands: readonly CommandSpec[] = [
  {
    ...machine,
    name: 'daemon status',
    summary: 'the daemon: PID, version, memory',
    examples: ['portsup daemon status', 'portsup daemon status --json'],
  },
  {
    ...machine,
    name: 'daemon start',
    summary: 'start the daemon; it takes back what runs without one, and brings up what was up before a reboot',
    examples: ['portsup daemon start'],
  },
  {
    ...machine,
    name: 'daemon restart',
    summary: 'replace the daemon; services run on',
    examples: ['portsup daemon restart'],
  },
  {
    ...machine,
    name: 'daemon upgrade',
    summary: 'replace the daemon by that of this installation; services run on',
    examples: ['npm install -g ./portsup-*.tgz && portsup daemon upgrade'],
  },
  {
    ...machine,
    name: 'daemon stop',
    summary: 'stop all applications and the daemon',
    options: [timeout],
    examples: ['portsup daemon stop', 'portsup daemon stop -t 10s'],
  },
  {
    ...machine,
    name: 'daemon logs',
    summary: "the daemon's own log",
    options: [follow, lines],
    examples: ['portsup daemon logs -n 20', 'portsup daemon logs -f  # with what follows'],
  },
  {
    ...machine,
    name: 'boot enable',
    summary: 'start at boot, with what was up',
    options: [...machineWide, { name: 'dry-run', kind: 'flag', summary: 'only print the systemd unit or launchd plist' }],
    examples: [
      'portsup boot enable',
      'portsup boot enable --dry-run  # only print what would be written',
      'sudo portsup boot enable --user deploy  # the portsup of somebody else',
    ],
  },
  {
    ...machine,
    name: 'boot disable',
    summary: 'do not start at boot any more; what runs goes on',
    options: machineWide,
    examples: ['portsup boot disable'],
  },
  {
    ...machine,
    name: 'boot status',
    summary: 'is it going to start at boot, and if not, why?',
    options: machineWide,
    examples: ['portsup boot status', 'portsup boot status --json'],
  },
];
