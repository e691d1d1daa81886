/** The commands about portsup itself: its daemon, and start at boot; and the options that they share with others. Pure. */
import type { CommandSpec, OptionSpec } from './arguments.js';

/** For what stops something. */
export const timeout: OptionSpec = {
  name: 'timeout',
  short: 't',
  kind: 'duration',
  value: 'DURATION',
  summary: 'SIGKILL what has not ended by then; instead of each one\'s "shutdown"',
};

/** How many lines. */
export const lines: OptionSpec = { name: 'lines', short: 'n', kind: 'lines', value: 'N', summary: 'only the last N, or "all"' };

/** Goes on with what comes. */
export const follow: OptionSpec = { name: 'follow', short: 'f', kind: 'flag', summary: 'go on with new lines until Ctrl-C' };

/** As many operands as there are. */
export const MANY = Number.POSITIVE_INFINITY;

/** What most commands are. */
export const base = { aliases: [], operands: '[NAME...]', arity: [0, MANY], passes: false, options: [] } as const;

const machineWide: readonly OptionSpec[] = [
  { name: 'system', kind: 'flag', summary: "by the machine's own init system, which takes root; always so for root" },
  { name: 'user', kind: 'text', value: 'NAME', summary: 'the same, for the portsup of NAME' },
];

/** In the order of the help. */
export const machineCommands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'daemon status',
    operands: '',
    arity: [0, 0],
    summary: 'the daemon: PID, version, memory',
    example: 'portsup daemon status',
  },
  {
    ...base,
    name: 'daemon start',
    operands: '',
    arity: [0, 0],
    summary: 'start the daemon; it takes back what runs without one, and brings up what was up before a reboot',
    example: 'portsup daemon start',
  },
  {
    ...base,
    name: 'daemon restart',
    operands: '',
    arity: [0, 0],
    summary: 'replace the daemon; services run on',
    example: 'portsup daemon restart',
  },
  {
    ...base,
    name: 'daemon upgrade',
    operands: '',
    arity: [0, 0],
    summary: 'replace the daemon by that of this installation; services run on',
    example: 'portsup daemon upgrade',
  },
  {
    ...base,
    name: 'daemon stop',
    operands: '',
    arity: [0, 0],
    summary: 'stop all applications and the daemon',
    options: [timeout],
    example: 'portsup daemon stop',
  },
  {
    ...base,
    name: 'daemon logs',
    operands: '',
    arity: [0, 0],
    summary: "the daemon's own log",
    options: [follow, lines],
    example: 'portsup daemon logs -n 20',
  },
  {
    ...base,
    name: 'boot enable',
    operands: '',
    arity: [0, 0],
    summary: 'start at boot, with what was up',
    options: [...machineWide, { name: 'dry-run', kind: 'flag', summary: 'only print the systemd unit or launchd plist' }],
    example: 'portsup boot enable',
  },
  {
    ...base,
    name: 'boot disable',
    operands: '',
    arity: [0, 0],
    summary: 'do not start at boot any more; what runs goes on',
    options: machineWide,
    example: 'portsup boot disable',
  },
  {
    ...base,
    name: 'boot status',
    operands: '',
    arity: [0, 0],
    summary: 'is it going to start at boot, and if not, why?',
    options: machineWide,
    example: 'portsup boot status',
  },
];
