/** The commands that make a configuration. Pure. */
import type { CommandSpec } from './arguments.js';
import { base } from './machine-commands.js';

/** In the order of the help. */
export const setupCommands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'init',
    operands: '',
    arity: [0, 0],
    summary: 'write a commented portsup.yaml here, from the scripts of package.json or a Procfile',
    options: [{ name: 'stdout', kind: 'flag', summary: 'print it, and write nothing' }],
    example: 'portsup init && portsup up',
  },
  {
    ...base,
    name: 'import',
    operands: 'FILE',
    arity: [1, 1],
    summary: 'print what PM2, supervisord, process-compose or a Procfile says as a portsup.yaml',
    options: [
      {
        name: 'from',
        kind: 'text',
        value: 'FORMAT',
        summary: 'whose FILE is: pm2, procfile, supervisord or process-compose; default: found out',
      },
      { name: 'env', kind: 'text', value: 'NAME', summary: 'of PM2: put the variables of env_NAME over env' },
    ],
    example: 'portsup import ecosystem.config.js --env production > portsup.yaml',
  },
];
