/** Every command with its options, as data: the parser, the help and the tests of the README read the same list. Pure. */
import { adHocCommands } from './ad-hoc-commands.js';
import { alarmCommands, alarmGroup } from './alarm-commands.js';
import { callCommand } from './call-command.js';
import type { CommandSpec, Grammar } from './command-spec.js';
import { base, follow, groups, lines, MANY, machineCommands, profile, timeout } from './machine-commands.js';
import type { OptionSpec } from './option-values.js';
import { breakerGroup, registryCommands } from './registry-commands.js';
import { setupCommands } from './setup-commands.js';

const updown: OptionSpec = {
  name: 'timeout',
  short: 't',
  kind: 'duration',
  value: 'DURATION',
  summary: 'give up waiting after this time; default 60s',
};
/** Of what looks back: all that there is from a time on. */
const lastLines: OptionSpec = { ...lines, summary: 'only the last N, or "all"; default 50, with --since all' };
const moment = (name: string, what: string): OptionSpec => ({
  name,
  kind: 'text',
  value: 'TIME',
  summary: `${what} this time: 10m (ago), 18:39, yesterday, "2026-11-20 18:39:47", @1795200000`,
});

/** Options of every command. */
export const globalOptions: readonly OptionSpec[] = [
  {
    name: 'file',
    short: 'f',
    kind: 'texts',
    value: 'FILE',
    summary: 'configuration file; default: portsup.yaml here or in the nearest parent; of several each is laid over those before',
  },
  { name: 'app', short: 'p', kind: 'text', value: 'NAME', summary: 'application by name, from anywhere' },
  { name: 'json', kind: 'flag', summary: 'JSON on standard output' },
  { name: 'verbose', kind: 'flag', summary: 'show the stack of an error' },
  { name: 'no-color', kind: 'flag', summary: 'no colours' },
  { name: 'help', short: 'h', kind: 'flag', summary: 'show this help' },
  { name: 'version', short: 'V', kind: 'flag', summary: 'show the version' },
];

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'up',
    summary: 'start the application, or apply what changed in its configuration',
    options: [
      { name: 'dry-run', kind: 'flag', summary: 'only say what would change' },
      { name: 'no-wait', kind: 'flag', summary: 'do not wait until everything is up' },
      { name: 'wait-timeout', kind: 'duration', value: 'DURATION', summary: 'the longest to wait; default 60s and every ready.timeout' },
      { name: 'force-recreate', kind: 'flag', summary: 'restart also what did not change' },
      { name: 'update-env', kind: 'flag', summary: 'take the environment of this shell' },
      profile,
      { name: 'detach', short: 'd', kind: 'flag', summary: 'accepted; portsup always runs in the background' },
    ],
    examples: [
      'portsup up',
      'portsup up --dry-run  # only say what would change',
      'portsup up db api  # these, and what they are in',
      'portsup -f shop/portsup.yaml up --wait-timeout 2m',
    ],
  },
  {
    ...base,
    name: 'down',
    operands: '',
    arity: [0, 0],
    summary: 'stop the application in reverse order; the last one ends the daemon',
    options: [timeout, { name: 'all', kind: 'flag', summary: 'all applications' }],
    examples: [
      'portsup down',
      'portsup down -t 10s  # SIGKILL what has not ended within 10 s',
      'portsup down --all  # everything, and the daemon',
    ],
  },
  ...adHocCommands,
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
    examples: [
      'portsup ps',
      'portsup ps -w 2s  # live, q ends it',
      'portsup ps "web-*" --json | jq \'.[].pid\'',
      'kill -0 $(portsup ps -q db)  # PIDs only',
    ],
  },
  {
    ...base,
    name: 'status',
    section: 'inspecting',
    aliases: ['show', 'describe'],
    operands: 'NAME',
    arity: [1, 1],
    summary: 'everything about one service or supervisor',
    examples: ['portsup status service_a', 'portsup status shop:backend/db --json', "portsup status db > /dev/null || echo 'db is not up'"],
  },
  {
    ...base,
    name: 'start',
    operands: 'NAME... [-- ARG...]',
    arity: [1, MANY],
    passes: true,
    summary: 'start services by hand; of a pool: one instance with ARGs',
    options: [updown],
    examples: ['portsup start service_a', 'portsup start workers -- --queue mail  # one more instance of a pool'],
  },
  {
    ...base,
    name: 'stop',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'stop services by hand; they stay listed',
    options: [timeout],
    examples: ['portsup stop service_a', 'portsup stop backend -t 10s  # a supervisor with all below it'],
  },
  {
    ...base,
    name: 'restart',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'stop, then start',
    options: [timeout],
    examples: ['portsup restart service_a', 'portsup restart "web-*"  # all of them'],
  },
  {
    ...base,
    name: 'kill',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'crash services, and see what supervision does about it',
    options: [{ name: 'signal', short: 's', kind: 'signal', value: 'SIGNAL', summary: 'instead of SIGKILL' }],
    examples: ['portsup kill service_a', 'portsup kill db -s SEGV && portsup history db -n 3  # crash it, and see what followed'],
  },
  {
    ...base,
    name: 'signal',
    operands: 'SIGNAL NAME...',
    arity: [2, MANY],
    summary: 'send a signal',
    examples: ['portsup signal HUP service_a', 'portsup signal USR1 web-1 web-2'],
  },
  {
    ...base,
    name: 'send',
    operands: 'NAME TEXT',
    arity: [2, MANY],
    summary: 'send a line to the standard input of a service; several words are joined by spaces',
    examples: ['portsup send service_a reload', 'portsup send game "say hello"'],
  },
  callCommand,
  {
    ...base,
    name: 'tree',
    section: 'inspecting',
    summary: 'the supervision tree with strategies and budgets',
    examples: ['portsup tree', 'portsup tree backend'],
  },
  {
    ...base,
    name: 'history',
    section: 'inspecting',
    summary: 'each run: start, end, how it ended, who asked, why',
    options: [
      lastLines,
      moment('since', 'from'),
      { name: 'failed', kind: 'flag', summary: 'only runs that failed' },
      { name: 'run', kind: 'count', value: 'N', summary: 'of one NAME: this run whole, with its last lines of output' },
      { name: 'runs', kind: 'flag', summary: 'runs only; with --json: as runs instead of entries' },
      { name: 'events', kind: 'flag', summary: 'every entry, as it was written' },
      { name: 'all', short: 'A', kind: 'flag', summary: 'all applications' },
    ],
    examples: [
      'portsup history service_a --since 1h',
      'portsup history --failed  # only runs that failed',
      'portsup history db --run 7  # that run whole, with its last lines',
    ],
  },
  {
    ...base,
    name: 'logs',
    section: 'inspecting',
    summary: 'the last 50 lines of output, ordered by time',
    options: [
      follow,
      lastLines,
      moment('since', 'all from'),
      moment('until', 'nothing after'),
      { name: 'grep', kind: 'text', value: 'REGEX', summary: 'only lines that match' },
      { name: 'ignore-case', short: 'i', kind: 'flag', summary: 'with --grep: upper and lower case are the same' },
      { name: 'invert-match', short: 'v', kind: 'flag', summary: 'with --grep: only lines that do not match' },
      { name: 'out', kind: 'flag', summary: 'standard output only' },
      { name: 'err', kind: 'flag', summary: 'standard error only' },
      { name: 'run', kind: 'count', value: 'N', summary: 'of this run only' },
      { name: 'previous', kind: 'flag', summary: 'of the last run that has ended: the one that crashed' },
      { name: 'timestamps', short: 't', kind: 'flag', summary: 'show times' },
      { name: 'no-prefix', kind: 'flag', summary: 'no names before the lines' },
      { name: 'raw', kind: 'flag', summary: 'control characters as they are, also on a terminal' },
      { name: 'flush', kind: 'flag', summary: 'show nothing; delete the older parts' },
      { name: 'reopen', kind: 'flag', summary: 'show nothing; open the files of "logs: {file}" anew, after something has moved them' },
    ],
    examples: [
      'portsup logs -f service_a --grep error -i  # with what follows',
      'portsup logs db --previous  # of the run that crashed',
      'portsup logs --since yesterday --until 18:39 -t',
      'portsup logs --flush  # delete older parts',
    ],
  },
  {
    ...base,
    name: 'events',
    section: 'inspecting',
    operands: '',
    arity: [0, 0],
    summary: 'live feed of what happens',
    options: [{ name: 'all', short: 'A', kind: 'flag', summary: 'all applications' }],
    examples: ['portsup events', 'portsup events -A --json | jq \'select(.event == "exited")\''],
  },
  ...registryCommands,
  ...alarmCommands,
  ...setupCommands,
  {
    ...base,
    name: 'help',
    section: 'machine',
    operands: '[COMMAND...]',
    arity: [0, 2],
    summary: 'how to use portsup, or one of its commands',
    examples: ['portsup help', 'portsup help logs', 'portsup help daemon restart'],
  },
  {
    ...base,
    name: 'completion',
    section: 'machine',
    operands: '[SHELL]',
    arity: [0, 1],
    summary: 'print what makes a shell complete commands and the names of services',
    examples: [
      'source <(portsup completion bash)  # in ~/.bashrc; zsh: the same with "zsh" in ~/.zshrc',
      'portsup completion fish > ~/.config/fish/completions/portsup.fish',
    ],
  },
  ...machineCommands,
];

/** All of it. */
export const grammar: Grammar = { commands, groups: [...groups, breakerGroup, alarmGroup], globals: globalOptions };
