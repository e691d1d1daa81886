/** Where a PM2 app's output goes. PM2 writes plain files; portsup keeps a log of its own, and can write plain lines to one file beside it. */
import { posix } from 'node:path';
import type { Mapping } from '../path.js';
import type { Table } from './fields.js';
import type { Outcome } from './imported.js';
import { flag, text } from './values.js';

/** In which order PM2's files are considered for the one that portsup has. */
const FILES = ['log_file', 'out_file', 'error_file'] as const;
const NOWHERE = new Set(['/dev/null', 'NULL', 'null']);

/** The fields of PM2 that are about output. */
export const logFields: Table<{ readonly app: Mapping }> = {
  out_file: (value, { app }) => fileOf('out_file', value, app),
  error_file: (value, { app }) => fileOf('error_file', value, app),
  log_file: (value, { app }) => fileOf('log_file', value, app),
  disable_logs: (value) => (flag(value) === true ? { set: { logs: 'none' } } : { say: 'output is kept, as it is by default' }),
  merge_logs: 'each instance has a log of its own; "portsup logs NAME" shows them together',
  log_date_format: 'every line is kept with its time; "portsup logs -t" shows it',
  time: 'every line is kept with its time; "portsup logs -t" shows it',
  log_type: '"portsup logs --json" prints lines as JSON',
};

function fileOf(field: (typeof FILES)[number], value: unknown, app: Mapping): Outcome | undefined {
  if (typeof value === 'boolean') return { say: 'portsup keeps the output of both streams anyway' };
  const path = text(value);
  if (path === undefined) return undefined;
  if (flag(app['disable_logs']) === true) return { say: 'no output is kept (disable_logs)' };
  if (NOWHERE.has(path)) return isSilent(app) ? { set: { logs: 'none' } } : { say: 'portsup keeps both streams or none ("logs: none")' };
  const first = FILES.find((name) => isFile(app[name]));
  if (path.startsWith('~'))
    return { say: 'portsup keeps the output by itself; for a file beside that write "logs: { file: ... }" with the whole path' };
  if (path.endsWith('/')) return undefined;
  if (field !== first && app[field] !== app[first ?? ''])
    return { say: 'both streams go to one file; "portsup logs --err" and "--out" show one of them' };
  return { set: { logs: { file: posix.isAbsolute(path) ? path : posix.join(typeof app['cwd'] === 'string' ? app['cwd'] : '', path) } } };
}

const isFile = (value: unknown): boolean => typeof value === 'string' && value !== '' && !NOWHERE.has(value) && !/^~|\/$/.test(value);

/** Does all output go nowhere? A combined log that is not asked for is none. */
function isSilent(app: Mapping): boolean {
  const { log_file: both, out_file: out, error_file: error } = app;
  return isNowhere(out) && isNowhere(error) && (typeof both !== 'string' || isNowhere(both));
}

const isNowhere = (value: unknown): boolean => typeof value === 'string' && NOWHERE.has(value);
