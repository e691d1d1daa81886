/** The command that calls services. Pure. */
import type { CommandSpec } from './command-spec.js';
import { base, MANY } from './machine-commands.js';

/** See commands/call.ts. */
export const callCommand: CommandSpec = {
  ...base,
  name: 'call',
  operands: 'NAME METHOD [ARGS...]',
  arity: [2, MANY],
  hasNumbers: true,
  summary: 'call a service (XML-RPC, JSON-RPC, HTTP) and print its answer; never hangs',
  options: [
    { name: 'timeout', short: 't', kind: 'duration', value: 'DURATION', summary: 'wait at most this long for all of it; default 5s' },
  ],
  examples: [
    'portsup call service_b crunch 5 4',
    'portsup call api user/rename 7 \'{"first": "Ada"}\' -t 30s  # arguments are JSON where they can be read as that, else text',
    'portsup call api find -- --all  # an argument that looks like an option',
  ],
};
