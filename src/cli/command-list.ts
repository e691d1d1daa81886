/** Every command with its options, as data: the parser, the help and the tests of the README read the same list. Pure. */
import type { CommandSpec, OptionSpec } from './arguments.js';

const timeout: OptionSpec = {
  name: 'timeout',
  short: 't',
  kind: 'duration',
  value: 'DURATION',
  summary: 'SIGKILL what has not ended by then; instead of each one\'s "shutdown"',
};
const updown: OptionSpec = { name: 'timeout', short: 't', kind: 'duration', value: 'DURATION', summary: 'give up waiting after this time' };
const lines: OptionSpec = { name: 'lines', short: 'n', kind: 'lines', value: 'N', summary: 'only the last N, or "all"' };
const follow: OptionSpec = { name: 'follow', short: 'f', kind: 'flag', summary: 'go on with new lines until Ctrl-C' };

/** Options of every command. */
export const globalOptions: readonly OptionSpec[] = [
  {
    name: 'file',
    short: 'f',
    kind: 'text',
    value: 'FILE',
    summary: 'configuration file; default: portsup.yaml here or in the nearest parent',
  },
  { name: 'app', short: 'p', kind: 'text', value: 'NAME', summary: 'application by name, from anywhere' },
  { name: 'json', kind: 'flag', summary: 'JSON on standard output' },
  { name: 'verbose', kind: 'flag', summary: 'show the stack of an error' },
  { name: 'no-color', kind: 'flag', summary: 'no colours' },
  { name: 'help', short: 'h', kind: 'flag', summary: 'show this help' },
  { name: 'version', short: 'V', kind: 'flag', summary: 'show the version' },
];

const MANY = Number.POSITIVE_INFINITY;
const base = { aliases: [], operands: '[NAME...]', arity: [0, MANY], passes: false, options: [] } as const;

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'up',
    summary: 'start the application, or apply what changed in its configuration',
    options: [
      { name: 'dry-run', kind: 'flag', summary: 'only say what would change' },
      { name: 'no-wait', kind: 'flag', summary: 'do not wait until everything is up' },
      { name: 'wait-timeout', kind: 'duration', value: 'DURATION', summary: 'wait at most this long; default 60s' },
      { name: 'force-recreate', kind: 'flag', summary: 'restart also what did not change' },
      { name: 'update-env', kind: 'flag', summary: 'take the environment of this shell' },
      { name: 'detach', short: 'd', kind: 'flag', summary: 'accepted; portsup always runs in the background' },
    ],
    example: 'portsup up --wait-timeout 2m',
  },
  {
    ...base,
    name: 'down',
    operands: '',
    arity: [0, 0],
    summary: 'stop the application in reverse order; the last one ends the daemon',
    options: [timeout, { name: 'all', kind: 'flag', summary: 'all applications' }],
    example: 'portsup down -t 10s',
  },
  {
    ...base,
    name: 'ps',
    aliases: ['ls', 'list'],
    summary: 'list services with state, PID, uptime, restarts, CPU, memory',
    options: [
      { name: 'watch', short: 'w', kind: 'watch', value: '[INTERVAL]', summary: 'keep the table up to date; default 1s' },
      { name: 'quiet', short: 'q', kind: 'flag', summary: 'PIDs only' },
      { name: 'all', short: 'A', kind: 'flag', summary: 'all applications' },
    ],
    example: 'portsup ps -w 2s',
  },
  {
    ...base,
    name: 'status',
    aliases: ['show', 'describe'],
    operands: 'NAME',
    arity: [1, 1],
    summary: 'everything about one service or supervisor',
    example: 'portsup status service_a',
  },
  {
    ...base,
    name: 'start',
    operands: 'NAME... [-- ARG...]',
    arity: [1, MANY],
    passes: true,
    summary: 'start services by hand; of a pool: one instance with ARGs',
    options: [updown],
    example: 'portsup start workers -- --queue mail',
  },
  {
    ...base,
    name: 'stop',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'stop services by hand; they stay listed',
    options: [timeout],
    example: 'portsup stop service_a',
  },
  {
    ...base,
    name: 'restart',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'stop, then start',
    options: [timeout],
    example: 'portsup restart service_a',
  },
  {
    ...base,
    name: 'kill',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'crash services, and see what supervision does about it',
    options: [{ name: 'signal', short: 's', kind: 'signal', value: 'SIGNAL', summary: 'instead of SIGKILL' }],
    example: 'portsup kill service_a',
  },
  {
    ...base,
    name: 'signal',
    operands: 'SIGNAL NAME...',
    arity: [2, MANY],
    summary: 'send a signal',
    example: 'portsup signal HUP service_a',
  },
  {
    ...base,
    name: 'send',
    operands: 'NAME TEXT',
    arity: [2, 2],
    summary: 'send a line to the standard input of a service',
    example: 'portsup send service_a "reload"',
  },
  { ...base, name: 'tree', summary: 'the supervision tree with strategies and budgets', example: 'portsup tree' },
  {
    ...base,
    name: 'history',
    summary: 'each run: start, end, cause, who asked',
    options: [lines, { name: 'since', kind: 'text', value: 'TIME', summary: 'from this time on: ISO 8601, or a duration ago' }],
    example: 'portsup history service_a --since 1h',
  },
  {
    ...base,
    name: 'logs',
    summary: 'the last 50 lines of output, ordered by time',
    options: [
      follow,
      lines,
      { name: 'out', kind: 'flag', summary: 'standard output only' },
      { name: 'err', kind: 'flag', summary: 'standard error only' },
      { name: 'run', kind: 'count', value: 'N', summary: 'of this run only' },
      { name: 'timestamps', short: 't', kind: 'flag', summary: 'show times' },
      { name: 'no-prefix', kind: 'flag', summary: 'no names before the lines' },
    ],
    example: 'portsup logs -f service_a',
  },
  {
    ...base,
    name: 'events',
    operands: '',
    arity: [0, 0],
    summary: 'live feed of what happens',
    options: [{ name: 'all', short: 'A', kind: 'flag', summary: 'all applications' }],
    example: 'portsup events --json',
  },
  {
    ...base,
    name: 'check',
    operands: '',
    arity: [0, 0],
    summary: 'validate the configuration',
    options: [{ name: 'resolved', kind: 'flag', summary: 'print it with all defaults' }],
    example: 'portsup check --resolved',
  },
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
];
