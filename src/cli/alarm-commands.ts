/** The commands about alarms. Pure. */
import type { CommandSpec, GroupSpec } from './command-spec.js';
import { base } from './machine-commands.js';

/** What the commands of other programs begin with. */
export const alarmGroup: GroupSpec = {
  name: 'alarm',
  summary: 'alarms of other programs: set and clear them',
  examples: ['portsup alarm set backup "no backup since Monday"', 'portsup alarm clear backup'],
};

/** In the order of the help. */
export const alarmCommands: readonly CommandSpec[] = [
  {
    ...base,
    name: 'alarms',
    section: 'inspecting',
    operands: '',
    arity: [0, 0],
    summary: 'what is wrong and lasts: the alarms that are set',
    options: [{ name: 'all', short: 'A', kind: 'flag', summary: 'all applications' }],
    examples: ['portsup alarms', "portsup alarms -A --json | jq -r '.[].id'"],
  },
  {
    ...base,
    name: 'alarm set',
    section: 'inspecting',
    operands: 'ID TEXT',
    arity: [2, Number.POSITIVE_INFINITY],
    summary: 'set an alarm, for a program that is no service; set again it only says what it is now',
    examples: [
      'portsup alarm set backup "no backup since Monday"',
      'portsup alarm set queue "12000 orders wait" -p shop  # of the application shop: it goes with it, and is called shop:queue',
    ],
  },
  {
    ...base,
    name: 'alarm clear',
    section: 'inspecting',
    operands: 'ID',
    arity: [1, 1],
    summary: 'clear an alarm that "alarm set" has set; it is no error if it was not set',
    examples: ['portsup alarm clear backup', 'portsup alarm clear queue -p shop  # the same as shop:queue'],
  },
];
