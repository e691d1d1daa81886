/** What the fields of a PM2 app become. The command is made elsewhere (`pm2-command.ts`), and so are instances and budgets (`pm2.ts`). */
import { posix } from 'node:path';
import type { Mapping } from '../path.js';
import type { Dictionary, Table } from './fields.js';
import type { Outcome } from './imported.js';
import { literal } from './literal.js';
import { logFields } from './pm2-logs.js';
import { count, durationText, exitCodes, flag, refusal, text, texts, variables } from './values.js';

/** The app that a field stands in, under the one name of each field. */
export interface Pm2Given {
  readonly app: Mapping;
  /** `--env`. */
  readonly environment: string | undefined;
}

const MONITORING = 'portsup has no monitoring service; "portsup events --json" and on_event tell other programs what happens';
const NOTHING = 'nothing to do here';

const table: Table<Pm2Given> = {
  cwd: (value) => setText('cwd', value),
  env: (value) => environmentOf(value),
  port: (value) => (count(value) === undefined ? undefined : { set: { env: { PORT: value } } }),
  filter_env: (value) => {
    if (flag(value) === true) return { set: { inherit_env: false } };
    return flag(value) === false
      ? { say: 'the default here, too' }
      : { say: 'portsup has a list of what is inherited instead of what is not: inherit_env: [PATH, HOME, ...]' };
  },
  autorestart: (value) => {
    const restarts = flag(value);
    return restarts === undefined ? undefined : { set: { restart: restarts ? 'permanent' : 'temporary' } };
  },
  stop_exit_codes: (value, { app }) => stopCodes(exitCodes(value), flag(app['autorestart']) === false),
  kill_timeout: (value) => (count(value) === undefined ? undefined : { set: { shutdown: durationText(count(value) ?? 0) } }),
  autostart: (value) => (flag(value) === undefined ? undefined : { set: { autostart: flag(value) } }),
  cron_restart: (value) => {
    if (value === 0 || value === '0') return { say: '0 turns it off, as leaving it out does here' };
    return text(value) === undefined ? undefined : { set: { cron: value } };
  },
  max_memory_restart: (value) => memory(value),
  uid: (value) => setAccount('user', value),
  gid: (value) => setAccount('group', value),
  watch: (value, { app }) => watchOf(value, app),
  ignore_watch: (value, { app }) => ignoreOf(value, app),
  watch_options: 'options of chokidar; portsup follows .gitignore and leaves out the logs by itself',
  watch_delay: 'portsup waits by itself until changes have come to rest',
  ...logFields,
  exec_mode: (value) =>
    typeof value === 'string' && value.startsWith('cluster')
      ? {
          say: 'no counterpart: each instance is a program of its own, and two of them cannot listen on one port. Give each its own (env) behind a proxy, or use node:cluster in the program',
        }
      : { say: 'fork is what portsup does: it runs the program' },
  restart_delay: (value, { app }) => delayOf(value, app),
  exp_backoff_restart_delay: (value) => growingDelayOf(value),
  listen_timeout: 'goes with wait_ready; here it is the timeout of "ready"',
  wait_ready: (value) =>
    flag(value) === false
      ? { say: 'the default here, too' }
      : {
          say: 'process.send("ready") has nobody to go to here: say how else it is seen, as ready: { http: URL }, { tcp: PORT }, { log: REGEX } or { notify: true }; until then the next program starts as soon as this one runs',
        },
  shutdown_with_message: 'portsup sends no messages to programs: it sends stop_signal and closes their standard input',
  treekill: (value) => ({
    say:
      flag(value) === false
        ? 'portsup always ends the whole process group; what shall live on has to leave it (setsid), with "orphans: leave"'
        : 'the whole process group is ended, as always here',
  }),
  namespace: 'portsup groups programs by nested supervisors, so that "portsup restart GROUP" works: see README',
  pid_file: 'portsup writes no PID files; "portsup ps -q NAME" prints the PID',
  instance_var: 'the variable that numbers instances',
  increment_var: 'the variable that grows by 1 with each instance',
  append_env_to_name: 'the name stays as it is',
  name_prefix: 'the name stays as it is',
  post_update: 'portsup deploys nothing: run these commands before "portsup up"',
  install_url: 'portsup installs nothing',
  vizion: `no version control is looked at; ${NOTHING}`,
  trace: MONITORING,
  disable_trace: MONITORING,
  v8: MONITORING,
  event_loop_inspector: MONITORING,
  deep_monitoring: MONITORING,
  pmx: MONITORING,
  automation: MONITORING,
  io: MONITORING,
  disable_source_map_support: `portsup adds nothing to programs; ${NOTHING}`,
  windowsHide: `portsup runs on Linux and macOS; ${NOTHING}`,
  force: 'a program that stands twice in this file runs twice, under two names',
  write: `only of PM2's own list of programs; ${NOTHING}`,
  kill_retry_time: 'portsup is told by the kernel when a program ends, and does not ask again and again',
  username: `PM2 finds out by itself; ${NOTHING}`,
  execute_command: `portsup runs the command as it is; ${NOTHING}`,
};

/** The fields of a PM2 app, under one name each. */
export const pm2Dictionary: Dictionary<Pm2Given> = {
  origin: 'PM2',
  table,
  others: (field, value, { environment }) => {
    if (!field.startsWith('env_')) return undefined;
    if (field !== `env_${environment ?? ''}`)
      return { say: `variables for another environment; "portsup import --env ${field.slice(4)}" puts these over env` };
    return environmentOf(value);
  },
};

function environmentOf(value: unknown): Outcome | undefined {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return { set: { env_file: literal(value) } };
  const read = variables(value);
  if (read === undefined) return undefined;
  const say = refusal(read.refused);
  if (Object.keys(read.env).length === 0) return { say: say ?? 'no variables' };
  return say === undefined ? { set: { env: read.env } } : { set: { env: read.env }, say };
}

/** PM2's own: it waits no longer than this, half as long again each time, and begins anew after a run of this length. */
const MOST_DELAY_MS = 15_000;
const DELAY_FACTOR = 1.5;
const STABLE = '30s';

function delayOf(value: unknown, app: Mapping): Outcome | undefined {
  const ms = count(value);
  if (ms === undefined) return undefined;
  if ((count(app['exp_backoff_restart_delay']) ?? 0) > 0) return { say: 'left out, as PM2 does where there is exp_backoff_restart_delay' };
  if (ms === 0) return { say: 'restarts are immediate here, too' };
  return { set: { backoff: { min: durationText(ms), max: durationText(ms), factor: 1, jitter: 0 } } };
}

function growingDelayOf(value: unknown): Outcome | undefined {
  const ms = count(value);
  if (ms === undefined) return undefined;
  if (ms === 0) return { say: 'restarts are immediate here, too' };
  const max = durationText(Math.max(ms, MOST_DELAY_MS));
  return { set: { backoff: { min: durationText(ms), max, factor: DELAY_FACTOR, jitter: 0, reset_after: STABLE } } };
}

/** PM2 goes on after exit code 0 unless that is in the list; a transient service of portsup never does. */
function stopCodes(codes: readonly number[] | undefined, isTemporary: boolean): Outcome | undefined {
  if (codes === undefined) return undefined;
  const others = codes.filter((code) => code !== 0);
  const set = { ...(isTemporary ? {} : { restart: 'transient' }), ...(others.length === 0 ? {} : { success_exit_codes: others }) };
  if (codes.includes(0) || isTemporary) return Object.keys(set).length === 0 ? { say: 'it is not restarted anyway' } : { set };
  return {
    set,
    say: 'after these it is not started again, and here after 0 neither (restart: transient); PM2 would start it again after 0',
  };
}

function memory(value: unknown): Outcome | undefined {
  if (count(value) !== undefined) return { set: { max_memory: count(value) } };
  const [, amount, unit = ''] = (typeof value === 'string' ? /^(\d+(?:\.\d+)?)([KMG])B?$/i.exec(value.trim()) : null) ?? [];
  return amount === undefined ? undefined : { set: { max_memory: `${amount}${unit.toLowerCase()}b` } };
}

function setAccount(field: string, value: unknown): Outcome | undefined {
  if (count(value) !== undefined && typeof value === 'number') return { set: { [field]: value } };
  return text(value) === undefined ? undefined : { set: { [field]: value } };
}

function setText(field: string, value: unknown): Outcome | undefined {
  const found = text(value);
  return found === undefined ? undefined : { set: { [field]: literal(found) } };
}

function watchOf(value: unknown, app: Mapping): Outcome | undefined {
  if (flag(value) === false) return { say: 'the default here, too' };
  const paths = flag(value) === true ? ['.'] : texts(value);
  if (paths === undefined) return undefined;
  const ignored = ignoredPaths(app['ignore_watch']);
  const list = paths.map((path) => fromFolder(app, path));
  return { set: { watch: ignored === undefined ? list : { paths: list, ignore: ignored } } };
}

function ignoreOf(value: unknown, app: Mapping): Outcome | undefined {
  const { watch } = app;
  const isWatched = flag(watch) ?? texts(watch) !== undefined;
  if (!isWatched) return { say: 'nothing is watched' };
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const known = ignoredPaths(value)?.length ?? 0;
  if (known === list.length) return { taken: true };
  return known === 0 ? undefined : { say: 'only the texts among these are taken over, no regular expressions' };
}

/** Of a list that may also hold regular expressions, the texts. */
function ignoredPaths(value: unknown): readonly string[] | undefined {
  return texts(Array.isArray(value) ? value.filter((item) => typeof item === 'string' && item !== '') : value);
}

/** A path of an app as seen from the configuration's folder. */
function fromFolder(app: Mapping, path: string): string {
  const cwd = typeof app['cwd'] === 'string' ? app['cwd'] : '';
  return posix.isAbsolute(path) ? path : posix.join(cwd, path) || '.';
}
