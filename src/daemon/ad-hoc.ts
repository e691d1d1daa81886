/** Applications without a configuration file: services that were added one by one (`run`), and taken away again (`rm`). */
import { PortsupError } from '../base/errors.js';
import type { ActionLine, RemoveBody, RunBody, SupervisorBody, UpBody } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { SupervisorSpec } from '../supervision/spec.js';
import { findNode, isLive, type Supervisor } from '../supervision/tree.js';
import { below, byApp, commonApp, refreshed, targetsOf } from './by-hand.js';
import { type DaemonContext, refuseWhileEnding } from './context.js';
import { isAdHoc, originOf, placeOfAdHoc } from './origin.js';
import { resultLine } from './results.js';
import { stopProgress } from './settling.js';
import { down, isIdle, up } from './up.js';
import { isServicePlace, type Placed } from './view.js';
import { waitFor } from './waiting.js';

/**
 * Adds a service at the end of an application without a file, which is made where it is not there, and starts it.
 *
 * @throws {@link PortsupError} `FAILED` where the application has a file, `NAME_TAKEN` where it has a service of that name already.
 */
export async function run(context: DaemonContext, body: RunBody, stream: LineStream<ActionLine>): Promise<void> {
  refuseWhileEnding(context);
  const { app, env } = body;
  const service = serviceOf(body);
  const { name } = service;
  const found = context.runtime.forest().apps[app]?.root;
  const record = context.apps.get(app);
  if (found && record && !isAdHoc(context.layout, record)) {
    const hint = `add it to ${originOf(context.layout, record).place}, or choose another name with --name (or an application with -p)`;
    throw new PortsupError('FAILED', `the application "${app}" has a configuration of its own`, hint);
  }
  // Of one that is being taken down nothing is to come back: this is another one of its name.
  const root = found?.leaving === 'no' ? found : undefined;
  const present = root ? wantedOf(root) : [];
  // A job in the foreground makes room for the next one of its name, should its person have left before it was over.
  const isOver = service.restart === 'temporary' && root && !isLive(findNode(root, name) ?? root);
  const others = isOver ? present.filter((other) => other.name !== name) : present;
  if (!isOver) refuseSecond(root, others, name);
  // Who else is in it has the environment of another shell.
  const added = root ? { ...service, env: { ...env, ...service.env }, inheritEnv: [] } : service;
  const wanted = { ...(root ? (root.applying?.spec ?? root.spec) : body.root), children: [...others, added] };
  await up(context, upBodyOf(context, body, { names: root ? [name] : [], root: wanted }), stream);
  if (body.wait) clearNeverRun(context, app, name);
}

/** One that could not even be executed (a typing mistake) leaves nothing behind but its history. */
function clearNeverRun(context: DaemonContext, app: string, name: string): void {
  const root = context.runtime.forest().apps[app]?.root;
  const node = root && findNode(root, name);
  if (node?.kind !== 'service' || node.state.phase !== 'ended' || node.state.how !== 'failed' || node.lastExit) return;
  if (root && wantedOf(root).length > 1) return context.runtime.post({ type: 'remove-asked', app, path: name });
  context.runtime.post({ type: 'down-asked', app, graceMs: null });
  // With nobody else up this daemon has nothing to do any more.
  if (isIdle(context)) context.end();
}

function refuseSecond(root: Supervisor | undefined, others: readonly ServiceBody[], name: string): void {
  const known = root && findNode(root, name);
  if (!known && !others.some((other) => other.name === name)) return;
  const [what, hint] =
    known && !isLive(known)
      ? ['present', `"portsup start ${name}" starts it again, "portsup rm ${name}" makes room`]
      : ['running', `"portsup restart ${name}" restarts it, "portsup rm --stop ${name}" makes room`];
  throw new PortsupError('NAME_TAKEN', `"${name}" is already ${what}`, hint);
}

type ServiceBody = Extract<SupervisorBody['children'][number], { kind: 'service' }>;

/** The service that is to be added. */
function serviceOf({ root }: RunBody): ServiceBody {
  const [service, ...others] = root.children;
  if (service?.kind === 'service' && others.length === 0) return service;
  throw new PortsupError('USAGE', 'a root with exactly one service was expected', 'add one after the other');
}

/** The services that are to be there when all is done that is under way. */
function wantedOf({ applying, children }: Supervisor): readonly ServiceBody[] {
  const gone = new Set(children.flatMap(({ name, leaving }) => (leaving === 'remove' ? [name] : [])));
  const specs = applying ? applying.spec.children : children.map(({ spec }) => spec);
  // Plain data that nobody changes.
  return specs.flatMap((spec) => (spec.kind === 'service' && !gone.has(spec.name) ? [spec as ServiceBody] : []));
}

interface Wanted {
  /** Whom the change is about; none: the whole application. */
  readonly names: readonly string[];
  readonly root: SupervisorSpec;
}

const upBodyOf = ({ layout }: DaemonContext, { app, env, wait, timeoutMs }: RunBody, { names, root }: Wanted): UpBody => ({
  app,
  file: placeOfAdHoc(layout, app),
  // Both are plain data that nobody changes.
  root: root as SupervisorBody,
  env,
  names,
  forceRecreate: false,
  updateEnv: false,
  dryRun: false,
  wait,
  timeoutMs,
});

/**
 * Takes services of applications without a file away, and with the last of them the application.
 *
 * @throws {@link PortsupError} `FAILED` for one that comes from a file, that runs and is not to be stopped, or whose application is being taken down.
 */
export async function remove(context: DaemonContext, body: RemoveBody, stream: LineStream<ActionLine>): Promise<void> {
  refuseWhileEnding(context);
  const targets = targetsOf(context, body);
  for (const target of targets) refuseRemoval(context, target, body.stop);
  const parts = targets.flatMap((target) => servicesOf(context, target));
  // With a grace of its own it is stopped at once, else in the order of things.
  const { timeoutMs } = body;
  if (timeoutMs !== undefined)
    for (const places of byApp(parts)) context.runtime.post({ type: 'stop-asked', ...places, graceMs: timeoutMs });
  for (const { app, path } of parts) context.runtime.post({ type: 'remove-asked', app, path });
  const kept = await untilGone(context, parts, stream);
  const [first, ...others] = [...new Set(targets.map(({ app }) => app))].filter((app) => isEmpty(context, app));
  for (const app of others) context.runtime.post({ type: 'down-asked', app, graceMs: null });
  if (first !== undefined) return down(context, { app: first, all: false }, stream);
  const failures = kept.map(({ path }) => ({ path, cause: 'it was wanted again meanwhile', isOverruled: true as const }));
  stream.write(await resultLine(context, { app: commonApp(targets), placed: below(parts), failures }));
}

/** Of an application all there is in it. */
const servicesOf = (context: DaemonContext, target: Placed): readonly Placed[] => {
  const { app, path, node } = target;
  if (path !== '' || node.kind === 'service') return [target];
  const root = context.runtime.forest().apps[app]?.root;
  return (root?.children ?? []).map((child) => ({ app, path: child.name, node: child }));
};

/** Somebody may have added to it meanwhile. */
function isEmpty(context: DaemonContext, app: string): boolean {
  const root = context.runtime.forest().apps[app]?.root;
  return root?.leaving === 'no' && wantedOf(root).length === 0;
}

function refuseRemoval(context: DaemonContext, { app, path, node }: Placed, isToStop: boolean): void {
  const record = context.apps.get(app);
  const name = path || app;
  if (!record || !isAdHoc(context.layout, record)) {
    const { where, removal } = originOf(context.layout, record ?? { name: app, file: 'its configuration' });
    throw new PortsupError('FAILED', `${name} is configured ${where}`, removal);
  }
  if (context.runtime.forest().apps[app]?.root.leaving !== 'no')
    throw new PortsupError('FAILED', `${app} is just being taken down`, 'nothing has to be removed of it');
  if (!isToStop && isLive(node))
    throw new PortsupError('FAILED', `${name} is running`, `"portsup stop ${name}" first, or "portsup rm --stop ${name}"`);
}

/** Gives those that somebody who came later wants to stay. */
async function untilGone(context: DaemonContext, targets: readonly Placed[], stream: LineStream<ActionLine>): Promise<readonly Placed[]> {
  const left = (): readonly Placed[] => refreshed(context, targets).filter(({ node }) => node.leaving === 'remove');
  await waitFor(context, stream, {
    reachedAt: () => (left().length === 0 ? 0 : null),
    progress: () => stopProgress(below(left()).filter(isServicePlace), context.clock.now()),
    limitMs: null,
  });
  return refreshed(context, targets).filter(({ node }) => node.leaving !== 'remove');
}
