/** `up` and `down`: a whole application. */
import { isAbsolute } from 'node:path';
import { PortsupError } from '../base/errors.js';
import { isName, isWithin } from '../base/names.js';
import type { ActionLine, Change, DownBody, UpBody } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import { checkSpec } from '../supervision/check-spec.js';
import { differ } from '../supervision/field-names.js';
import { freshSupervisor } from '../supervision/fresh.js';
import { neededBy } from '../supervision/needs.js';
import { planOf } from '../supervision/plan.js';
import { type Application, isLive } from '../supervision/tree.js';
import { type AppRecord, appOfFile, isSameEnvironment } from './app-registry.js';
import { appliedEntry } from './applied.js';
import { startLimit } from './by-hand.js';
import { checkUsers } from './check-users.js';
import { type DaemonContext, refuseWhileEnding } from './context.js';
import { appChange } from './memory.js';
import { originOf } from './origin.js';
import { refuseDisabled } from './refuse-disabled.js';
import { nodesOf, resultLine, tooLate } from './results.js';
import { resolveApps, resolveNames } from './select.js';
import { allProvedAt, type Failed, failuresOf, provedAt, servicesOf, startProgress, stopProgress, type Waiting } from './settling.js';
import { servicesOfSpec } from './spec-services.js';
import { cronProblems } from './triggers/cron-problems.js';
import { placedNodes } from './view.js';
import { waitFor } from './waiting.js';

/** Brings an application up, or what changed of it; answers when everything that was started has proved itself. */
export async function up(context: DaemonContext, body: UpBody, stream: LineStream<ActionLine>): Promise<void> {
  refuseWhileEnding(context);
  checkBody(context, body);
  checkUsers(body.root);
  const { app, root } = body;
  const names = namesIn(body);
  for (const path of names) refuseDisabled(context, { app, path }, 'up');
  const running = context.runtime.forest().apps[app]?.root;
  const hasNewEnvironment = body.updateEnv && !isSameEnvironment(context.apps.get(app)?.env ?? body.env, body.env);
  const recreate = body.forceRecreate || hasNewEnvironment;
  const apply = { type: 'apply', app, root, names, recreate } as const;
  const plan = planOf(context.runtime.forest(), { ...apply, at: context.clock.now() });
  const changes = withOwnChanges(context, body, plan.changes);
  if (body.dryRun) return void stream.write({ type: 'result', app, rows: [], changes, steps: plan.steps, failures: [], ends: [] });
  if (!context.asked.has(body.token)) {
    context.ports.prepare(
      app,
      servicesOfSpec(root).map(({ path }) => path),
    );
    register(context, body);
    const applied = running && appliedEntry(context.clock.wallTime(context.clock.now()).toISOString(), app, changes);
    if (applied) context.record(applied);
    context.asked.post(body.token, [apply]);
  }
  if (body.wait) await untilUp(context, { ...body, names }, stream);
  if (body.wait) await context.triggers.settled();
  const failures = body.wait ? failuresNow(context, app, names) : [];
  stream.write(await resultLine(context, { app, placed: nodesOf(context, app), changes, failures }));
}

function failuresNow(context: DaemonContext, app: string, names: readonly string[]): readonly Failed[] {
  const application = context.runtime.forest().apps[app];
  if (!application) return [{ path: '', cause: 'it was taken down meanwhile', isOverruled: true as const }];
  const targets = targetsOf(application, names);
  const gone = names.filter((name) => !targets.some(({ path }) => path === name));
  const removed = gone.map((path) => ({ path, cause: 'it was removed meanwhile', isOverruled: true as const }));
  return [...failuresOf(application, targets, context.clock.now()), ...removed];
}

/** With what changes of the application itself; nothing is restarted for it. */
function withOwnChanges({ runtime, apps }: DaemonContext, body: UpBody, changes: readonly Change[]): readonly Change[] {
  const known = runtime.forest().apps[body.app] && apps.get(body.app);
  const own = known ? hookChanges(known, body) : [];
  if (own.length === 0) return changes;
  const root = changes.find(({ path }) => path === '');
  const change: Change = {
    path: '',
    action: 'changed',
    fields: [...(root?.fields ?? []), ...own],
    effect: 'none',
    restarts: false,
    because: null,
    ...(root && { effect: root.effect }),
  };
  return [change, ...changes.filter((other) => other !== root)];
}

/** The fields of what is run for an application that have changed. */
function hookChanges(known: AppRecord, { onEvent = null, onAlarm = null }: UpBody): readonly string[] {
  const isOtherEvent = differ(completeHook(known.onEvent), completeHook(onEvent));
  const isOtherAlarm = differ(completeAlarmHook(known.onAlarm), completeAlarmHook(onAlarm));
  return [...(isOtherEvent ? ['on_event'] : []), ...(isOtherAlarm ? ['on_alarm'] : [])];
}

/** As an older daemon has not remembered it. */
const completeHook = (hook: UpBody['onEvent'] = null): UpBody['onEvent'] => hook && { envFiles: {}, ...hook };
const completeAlarmHook = (hook: UpBody['onAlarm'] = null): UpBody['onAlarm'] =>
  hook && { webhook: hook.webhook, command: completeHook(hook.command) ?? null };

/** Keeps the environment of an application that runs, so that its services go on seeing the same one. */
function register(context: DaemonContext, { app, file, env, updateEnv, onEvent = null, onAlarm = null }: UpBody): void {
  const root = context.runtime.forest().apps[app]?.root;
  const known = context.apps.get(app);
  const isKept = known && root && isLive(root) && !updateEnv;
  const record = { name: app, file, env: isKept ? known.env : env, onEvent, onAlarm };
  context.apps.set(app, record);
  context.outbox.remember([appChange(record)]);
}

/** With names only these are waited for. */
async function untilUp(context: DaemonContext, { app, names, timeoutMs }: UpBody, stream: LineStream<ActionLine>): Promise<void> {
  const application = (): Application | undefined => context.runtime.forest().apps[app];
  const progress = (): Waiting => {
    const known = application();
    const isMeant = (path: string): boolean => names.length === 0 || names.some((name) => isWithin(path, name));
    const services = known ? servicesOf(known).filter(({ path }) => isMeant(path)) : [];
    return startProgress(context.runtime.forest(), services, context.clock.now());
  };
  const reachedAt = (): number | null => {
    const root = application()?.root;
    if (!root) return 0;
    // What the root has yet to apply may be about to start them.
    if (names.length === 0 || root.applying !== null || root.state.phase === 'starting') return provedAt(root);
    return allProvedAt(
      context.runtime.forest(),
      names.map((path) => ({ app, path })),
    );
  };
  const limitMs = timeoutMs ?? startLimit(nodesOf(context, app));
  const how = await waitFor(context, stream, { reachedAt, progress, limitMs });
  if (how === 'too-late') throw tooLate(`"up" of ${app}`, progress().waitingFor);
}

/** Stops applications for good; with the last one the daemon ends. */
export async function down(context: DaemonContext, body: DownBody, stream: LineStream<ActionLine>): Promise<void> {
  const applications = appsToStop(context, body);
  for (const { name } of applications) context.runtime.post({ type: 'down-asked', app: name, graceMs: body.timeoutMs ?? null });
  const now = (): readonly Application[] => applications.flatMap(({ name }) => context.runtime.forest().apps[name] ?? []);
  // An `up` that comes while we wait has the last word; waiting for what it brings up to go would be waiting for ever.
  const live = (): readonly Application[] => now().filter(({ root }) => root.leaving === 'remove');
  const how = await waitFor(context, stream, {
    reachedAt: () => (live().length === 0 ? 0 : null),
    progress: () => downProgress(applications, live(), context.clock.now()),
    limitMs: null,
  });
  const isLast = how === 'reached' && isIdle(context);
  // Before the answer is put together, which takes a moment: an `up` that came in it would be told that all is well, and then be ended.
  if (isLast) context.end();
  else await Promise.all([context.hooks.settled(), context.health.settled()]);
  const ends = isLast ? [process.pid, context.keeper.pid] : [];
  const [first] = applications;
  const app = applications.length === 1 && first ? first.name : null;
  // What was stopped: as it was, since nothing of it is left.
  const failures = now().map(() => ({ path: '', cause: 'it was brought up again meanwhile', isOverruled: true as const }));
  stream.write(await resultLine(context, { app, placed: applications.flatMap(placedNodes), failures, ends }));
}

/** Is no application up? */
export const isIdle = ({ runtime }: DaemonContext): boolean => Object.keys(runtime.forest().apps).length === 0;

function appsToStop(context: DaemonContext, body: DownBody): readonly Application[] {
  const forest = context.runtime.forest();
  const all = Object.values(forest.apps);
  if (body.all) return all;
  if (body.app !== undefined) return all.filter(({ name }) => name === body.app);
  if (body.here !== undefined) return resolveApps(forest, { only: undefined, home: appOfFile(context.apps, body.here) });
  if (all.length <= 1) return all;
  const names = all.map(({ name }) => name).join(', ');
  throw new PortsupError('AMBIGUOUS', `several applications are up: ${names}`, 'name one with -p, or stop all with --all');
}

function downProgress(asked: readonly Application[], live: readonly Application[], now: number): Waiting {
  const total = asked.flatMap(servicesOf).length;
  const { total: left, done, waitingFor } = stopProgress(live.flatMap(servicesOf), now);
  return { done: total - left + done, total, waitingFor };
}

function checkBody(context: DaemonContext, { app, file, root }: UpBody): void {
  if (!isName(app))
    throw new PortsupError(
      'CONFIG_INVALID',
      `"${app}" is no name for an application`,
      'a letter, then letters, digits, _ or -, at most 64',
    );
  if (!isAbsolute(file)) throw new PortsupError('USAGE', `"${file}" is no absolute path`, 'send the path of the configuration file');
  const [problem] = [...checkSpec(root), ...cronProblems(root)];
  if (problem) {
    const where = problem.path === '' ? problem.field : `${problem.path}: ${problem.field}`;
    throw new PortsupError('CONFIG_INVALID', `${where}: found ${problem.found}, expected ${problem.expected}`, 'nothing was changed');
  }
  const { apps } = context.runtime.forest();
  const renamed = [...context.apps.values()].find((other) => other.file === file && other.name !== app && apps[other.name]);
  if (renamed) {
    const hint = `"portsup down -p ${renamed.name}" first, or leave the name as it was`;
    throw new PortsupError('FAILED', `this file is up already, as the application "${renamed.name}"`, hint);
  }
  const known = context.apps.get(app);
  if (known && known.file !== file && context.runtime.forest().apps[app]) {
    const hint = `give one of them another "name", or "portsup down -p ${app}" first`;
    throw new PortsupError('FAILED', `an application "${app}" is already up ${originOf(context.layout, known).from}`, hint);
  }
}

/** The paths that `up NAME...` names, in the tree that is wanted, with all that these need. */
function namesIn({ app, root, names }: UpBody): readonly string[] {
  const wanted = freshSupervisor(root);
  const paths = resolveNames({ apps: { [app]: { name: app, root: wanted } } }, names, { only: app, home: undefined }).map(
    ({ path }) => path,
  );
  return [...paths, ...neededBy(wanted, paths)];
}

const targetsOf = (application: Application, names: readonly string[]): ReturnType<typeof placedNodes> =>
  placedNodes(application).filter(({ path }) => (names.length === 0 ? path === '' : names.includes(path)));
