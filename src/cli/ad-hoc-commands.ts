/** The commands for what has no configuration file. Pure. */
import type { CommandSpec } from './command-spec.js';
import { base, MANY, timeout } from './machine-commands.js';

/** In the order of the help. */
export const adHocCommands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'run',
    operands: '-- COMMAND [ARG...]',
    arity: [0, MANY],
    passes: true,
    summary: 'run a program as a service without a configuration; with --once in the foreground',
    options: [
      { name: 'name', kind: 'text', value: 'NAME', summary: 'of the service; default: after the program' },
      { name: 'restart', kind: 'text', value: 'TYPE', summary: 'permanent (default), transient or temporary' },
      { name: 'cwd', kind: 'text', value: 'DIR', summary: 'working folder; default: this one' },
      { name: 'env', short: 'e', kind: 'texts', value: 'K=V', summary: 'a variable; may be given again' },
      { name: 'once', kind: 'flag', summary: 'wait for its end, print what it prints, and end with its exit code' },
      { name: 'no-wait', kind: 'flag', summary: 'do not wait until it is up' },
    ],
    examples: [
      'portsup run --name api -e PORT=3000 -- node server.js',
      'portsup run --restart transient -- ./import --all  # again only if it fails',
      'portsup run --once -- npm test  # in the foreground',
      'portsup run -p tools --name mail -- mailhog  # beside others, in an application "tools"',
    ],
  },
  {
    ...base,
    name: 'rm',
    operands: 'NAME...',
    arity: [1, MANY],
    summary: 'take away services that "run" has added; logs and history stay',
    options: [{ name: 'stop', short: 's', kind: 'flag', summary: 'also one that is running' }, timeout],
    examples: ['portsup rm api', 'portsup rm --stop api'],
  },
];
