/** PM2's ecosystem files. Its defaults that differ (SIGINT, restarts counted for each program) are written out. */
import { isMapping, type Mapping } from '../path.js';
import { translate } from './fields.js';
import { badSource, type ImportSource } from './import-source.js';
import { type Imported, type ImportedNode, mergeFields, type Note, noteOn, remark } from './imported.js';
import { nameGiver } from './names.js';
import { ordered } from './order.js';
import { type Budget, ownSupervisor, withCommonFields } from './own-supervisor.js';
import { COMMAND_FIELDS, commandOfApp } from './pm2-command.js';
import { pm2Dictionary } from './pm2-fields.js';
import { instancesOf } from './pm2-instances.js';
import { type NamedApp, withOneNameEach } from './pm2-names.js';
import { count, durationText } from './values.js';

const HINT = 'a PM2 file has a list "apps", each with a script';
/** PM2's own: the 16th run in a row that is shorter than this is the last. */
const MAX_RESTARTS = 16;
const MIN_UPTIME_MS = 1_000;
/** Handled here or by pm2-command.ts and pm2-instances.ts, which note what they do not understand. */
const ELSEWHERE = new Set([...COMMAND_FIELDS, 'name', 'instances', 'max_restarts', 'min_uptime', 'instance_var', 'increment_var']);

/**
 * Turns what an ecosystem file holds (`{ apps: [...] }`, a list of apps, or one app) into portsup's configuration.
 *
 * @throws PortsupError `CONFIG_INVALID` when there is no app, or one has no script.
 */
export function convertPm2(value: unknown, source: ImportSource): Imported {
  const { apps, others } = appsOf(value, source);
  const giveName = nameGiver();
  const children = apps.map((app, index) => {
    if (!isMapping(app)) throw badSource(source, source.placeOf(['apps', index]), { message: `apps[${index}] is no mapping`, hint: HINT });
    return convertApp(withOneNameEach(app), index, { source, giveName });
  });
  const budget = budgetOf(MAX_RESTARTS, MIN_UPTIME_MS);
  const notes = [
    remark('PM2 stops a program alone after 15 restarts in a row of runs shorter than 1s. Here the programs at the top level share such a'),
    remark(
      'budget, and the application ends when it is used up; a program with max_restarts has a supervisor, and so a budget, of its own.',
    ),
    remark('PM2 asks programs to end by SIGINT, and kills them after 1.6s unless kill_timeout says otherwise; portsup after 5s.'),
    ...environmentNotes(apps, source.environment),
    ...Object.entries(others).map(([field, each]) => noteOn(field, each, topLevelAdvice(field))),
  ];
  return { name: '', notes, fields: { intensity: budget.intensity, period: durationText(budget.periodMs) }, children };
}

function environmentNotes(apps: readonly unknown[], environment: string | undefined): readonly Note[] {
  const isThere = apps.some((app) => isMapping(app) && Object.hasOwn(app, `env_${environment ?? ''}`));
  return environment === undefined || isThere ? [] : [noteOn('--env', environment, `no app has env_${environment}, so only env counts`)];
}

function appsOf(value: unknown, source: ImportSource): { readonly apps: readonly unknown[]; readonly others: Mapping } {
  if (Array.isArray(value)) return { apps: nonEmpty(value, source), others: {} };
  if (!isMapping(value)) throw badSource(source, undefined, { message: "found no mapping, expected PM2's { apps: [...] }", hint: HINT });
  const key = ['apps', 'pm2'].find((name) => Object.hasOwn(value, name));
  if (key === undefined) {
    if (['script', 'cmd', 'command'].some((name) => Object.hasOwn(value, name))) return { apps: [value], others: {} };
    throw badSource(source, undefined, { message: 'no apps', hint: HINT });
  }
  const { [key]: apps, ...others } = value;
  if (isMapping(apps)) return { apps: [apps], others };
  if (!Array.isArray(apps)) throw badSource(source, undefined, { message: `${key} is no list`, hint: HINT });
  return { apps: nonEmpty(apps, source), others };
}

function nonEmpty(apps: readonly unknown[], source: ImportSource): readonly unknown[] {
  if (apps.length === 0) throw badSource(source, undefined, { message: 'the list of apps is empty', hint: HINT });
  return apps;
}

const topLevelAdvice = (field: string): string =>
  field === 'deploy'
    ? 'portsup deploys nothing; a deployment ends with "portsup up", which applies what has changed'
    : 'no field of PM2 that portsup knows; left out';

interface Making {
  readonly source: ImportSource;
  readonly giveName: ReturnType<typeof nameGiver>;
}

function convertApp(named: NamedApp, index: number, { source, giveName }: Making): ImportedNode {
  const { app, written } = named;
  const command = commandOfApp(app, source);
  if (command === undefined)
    throw badSource(source, source.placeOf(['apps', index]), { message: `apps[${index}] has no script`, hint: HINT });
  const { name, notes: nameNotes } = giveName(nameOf(app), written('name'));
  const translated = translate(otherFields(app), pm2Dictionary, { app, environment: source.environment });
  const fields = ordered([command.fields, translated.fields].reduce(mergeFields, { stop_signal: 'SIGINT' }));
  const own = ownBudget(app);
  const { instances, notes: instanceNotes } = instancesOf({ name, app, fields, source });
  const notes = [...command.notes, ...translated.notes, ...own.notes, ...instanceNotes].map((note) => ({
    ...note,
    field: written(note.field),
  }));
  const node = { name, notes: [...nameNotes, ...nameTrouble(app), ...named.notes, ...notes] };
  if (instances.length > 1) {
    const { intensity, periodMs } = own.budget ?? budgetOf(MAX_RESTARTS, MIN_UPTIME_MS);
    return withCommonFields(ownSupervisor({ ...node, children: instances }, { intensity: intensity * instances.length, periodMs }));
  }
  const service = { ...node, fields: instances[0]?.fields ?? fields };
  return own.budget === undefined ? service : ownSupervisor({ name, notes: [], children: [service] }, own.budget);
}

/** PM2 calls an app without a name as its script, without folders and extension. */
function nameOf(app: Mapping): string {
  const { name, script } = app;
  if (typeof name === 'string' && name !== '') return name;
  if (typeof name === 'number') return String(name);
  const file = String(script).split('/').at(-1) ?? '';
  return file.replace(/\.[^.]*$/, '');
}

const nameTrouble = ({ name }: Mapping): readonly Note[] =>
  name === undefined || typeof name === 'number' || (typeof name === 'string' && name !== '')
    ? []
    : [noteOn('name', name, 'not understood, so named after the script')];

/** What is left for the table. Variables that stand later win: those of the wanted environment come last. */
function otherFields(app: Mapping): Mapping {
  const rank = (field: string): number => (field.startsWith('env_') ? 2 : Number(field === 'port'));
  const fields = Object.entries(app).filter(([field]) => !ELSEWHERE.has(field));
  return Object.fromEntries(fields.sort(([left], [right]) => rank(left) - rank(right)));
}

/** The Mth run in a row that is too short is the last one: so M - 1 restarts, while M - 1 runs of the least length pass. */
const budgetOf = (maxRestarts: number, minUptimeMs: number): Budget => ({
  intensity: Math.max(0, maxRestarts - 1),
  periodMs: Math.max(1, maxRestarts - 1) * minUptimeMs,
});

interface OwnBudget {
  /** Undefined: the app says nothing about it. */
  readonly budget: Budget | undefined;
  readonly notes: readonly Note[];
}

function ownBudget({ max_restarts: most, min_uptime: least }: Mapping): OwnBudget {
  const [runs, uptimeMs] = [count(most), milliseconds(least)];
  const notes: Note[] = [];
  const budget = runs === undefined && uptimeMs === undefined ? undefined : budgetOf(runs ?? MAX_RESTARTS, uptimeMs ?? MIN_UPTIME_MS);
  const meaning = `here intensity and period of a supervisor of its own; PM2 stops it at run ${runs ?? MAX_RESTARTS} in a row that is shorter than ${durationText(uptimeMs ?? MIN_UPTIME_MS)}`;
  if (most !== undefined)
    notes.push(noteOn('max_restarts', most, runs === undefined ? 'not understood, so left out; PM2 expects a number' : meaning));
  if (least !== undefined)
    notes.push(
      noteOn('min_uptime', least, uptimeMs === undefined ? 'not understood, so left out; PM2 expects milliseconds, or 10s' : meaning),
    );
  return { budget, notes };
}

/** PM2's durations: a number of milliseconds, or one unit of h, m and s. */
function milliseconds(value: unknown): number | undefined {
  if (count(value) !== undefined) return count(value);
  const [, amount, unit] = (typeof value === 'string' ? /^(\d+(?:\.\d+)?)(h|m|s)$/.exec(value.trim()) : null) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * { h: 3_600_000, m: 60_000, s: 1_000 }[unit as 'h' | 'm' | 's']);
}
