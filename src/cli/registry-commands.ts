/** The commands about who runs where, until when, and what would follow from an end. Pure. */
import type { CommandSpec, GroupSpec } from './command-spec.js';
import { base, MANY } from './machine-commands.js';
import type { OptionSpec } from './option-values.js';

const limit: OptionSpec = {
  name: 'timeout',
  short: 't',
  kind: 'duration',
  value: 'DURATION',
  summary: 'give up waiting after this time, with exit code 124; default: never',
};

/** Circuit breakers. */
export const breakerGroup: GroupSpec = {
  name: 'breaker',
  summary: 'circuit breakers of supervisors by hand: what stops them restarting',
  examples: ['portsup breaker disable backend', 'portsup breaker enable backend'],
};

const breaker = {
  ...base,
  operands: 'NAME...',
  arity: [1, MANY],
  options: [{ ...limit, summary: 'give up waiting after this time' }],
} as const;

/** In the order of the help. */
export const registryCommands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'wait',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'wait until services are ready, stopped or gone, or for the exit code of a run',
    options: [
      {
        name: 'for',
        kind: 'text',
        value: 'ready|stopped|exit|gone',
        summary: 'what to wait for; default ready. exit: the end of the run, whose exit code is printed and is ours',
      },
      limit,
    ],
    examples: [
      'portsup wait db && ./migrate  # as soon as it is ready',
      'portsup wait db api -t 30s',
      'portsup wait backup --for exit  # prints its exit code, and ends with it',
      'portsup wait worker --for gone -t 1m',
    ],
  },
  {
    ...breaker,
    name: 'breaker melt',
    summary: "count one failure against a supervisor's budget; one too many and it gives up",
    examples: ['portsup breaker melt backend'],
  },
  {
    ...breaker,
    name: 'breaker reset',
    summary: 'forget the failures of a supervisor, and start it again if it gave up',
    examples: ['portsup breaker reset backend'],
  },
  {
    ...breaker,
    name: 'breaker disable',
    summary: 'stop a supervisor with all below it; nothing but "enable" starts it again',
    examples: ['portsup breaker disable backend', 'portsup breaker disable shop:  # the application as a whole'],
  },
  {
    ...breaker,
    name: 'breaker enable',
    summary: 'start a disabled supervisor again, with nothing counted',
    examples: ['portsup breaker enable backend'],
  },
  {
    ...base,
    name: 'whereis',
    section: 'inspecting',
    operands: 'NAME',
    arity: [1, 1],
    summary: 'print the PID of a service; nothing when it is down',
    examples: ['portsup whereis db', 'kill -USR1 $(portsup whereis db)', "portsup whereis db > /dev/null || echo 'db is down'"],
  },
  {
    ...base,
    name: 'monitor',
    section: 'inspecting',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'print a line with the cause for each end of a run, until Ctrl-C',
    examples: ['portsup monitor db', "portsup monitor backend --json | jq '.cause'  # all services below it"],
  },
  {
    ...base,
    name: 'explain',
    section: 'inspecting',
    operands: 'NAME',
    arity: [1, 1],
    summary: 'say what would happen if it ended now: who is stopped and started, and what is left of the budgets',
    examples: ['portsup explain db', 'portsup explain backend --json'],
  },
];
