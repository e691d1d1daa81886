import type { Mapping } from '../path.js';

/** In which order the fields of a service or supervisor are written: what it is first, then how it lives, then its surroundings. */
const ORDER = [
  'strategy',
  'restart',
  'intensity',
  'period',
  'auto_shutdown',
  'backoff',
  'command',
  'shell',
  'cwd',
  'env_file',
  'inherit_env',
  'env',
  'success_exit_codes',
  'stop_signal',
  'shutdown',
  'significant',
  'stdin',
  'autostart',
  'needs',
  'ready',
  'alive',
  'orphans',
  'cron',
  'watch',
  'max_memory',
  'user',
  'group',
  'umask',
  'nice',
  'limits',
  'logs',
];
/** Of a service the command comes first. */
const SERVICE_ORDER = ['command', 'shell', ...ORDER];

/** The same fields in the order in which people like to read them; what is not in the list comes last. */
export function ordered(fields: Mapping): Mapping {
  const order = Object.hasOwn(fields, 'command') ? SERVICE_ORDER : ORDER;
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.fromEntries(Object.entries(fields).sort(([left], [right]) => rank(left) - rank(right)));
}
