/** The commands that make a configuration, or look at one. Pure. */
import type { CommandSpec } from './command-spec.js';
import { base, profile } from './machine-commands.js';

/** In the order of the help. */
export const setupCommands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'check',
    section: 'configuration',
    operands: '',
    arity: [0, 0],
    summary: 'validate the configuration',
    options: [
      { name: 'resolved', kind: 'flag', summary: 'print it with all defaults, merged' },
      { name: 'show-values', kind: 'flag', summary: 'with --resolved: values of variables and secrets in URLs, too' },
      { name: 'schema', kind: 'flag', summary: 'print the JSON Schema of configurations, for editors' },
      profile,
    ],
    examples: ['portsup check', 'portsup -f shop/portsup.yaml check --resolved  # with all defaults'],
  },
  {
    ...base,
    name: 'init',
    section: 'configuration',
    operands: '',
    arity: [0, 0],
    summary: 'write a commented portsup.yaml here, from the scripts of package.json or a Procfile',
    options: [{ name: 'stdout', kind: 'flag', summary: 'print it, and write nothing' }],
    examples: ['portsup init', 'portsup init --stdout  # look at it first'],
  },
  {
    ...base,
    name: 'import',
    section: 'configuration',
    operands: 'FILE',
    arity: [1, 1],
    summary: 'print what PM2, supervisord, process-compose or a Procfile says as a portsup.yaml',
    options: [
      {
        name: 'from',
        kind: 'text',
        value: 'FORMAT',
        summary: 'what FILE is: pm2, procfile, supervisord or process-compose; default: found out',
      },
      { name: 'env', kind: 'text', value: 'NAME', summary: 'of PM2: put the variables of env_NAME over env' },
    ],
    examples: [
      'portsup import ecosystem.config.js --env production > portsup.yaml',
      'portsup import supervisord.conf > portsup.yaml',
      'portsup import Procfile',
    ],
  },
];
