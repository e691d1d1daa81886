/** Applications without a configuration file: services that were added one by one (`run`), and taken away again (`rm`). */
import { join } from 'node:path';
import { PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import type { ActionLine, RemoveBody, RunBody, SupervisorBody, UpBody } from '../control/contract.js';
import type { LineStream } from '../control/streams.js';
import type { SupervisorSpec } from '../supervision/spec.js';
import { findNode, isLive, type Supervisor } from '../supervision/tree.js';
import type { AppRecord } from './app-registry.js';
import { below, targetsOf } from './by-hand.js';
import { type DaemonContext, refuseWhileEnding } from './context.js';
import { resultLine } from './results.js';
import { stopProgress } from './settling.js';
import { down, isIdle, up } from './up.js';
import { isServicePlace, type Placed } from './view.js';
import { waitFor } from './waiting.js';

/** What stands for the configuration file of such an application. Nothing is ever there. */
const placeOf = ({ home }: Pick<HomeLayout, 'home'>, app: string): string => join(home, `#${app}`);

const isAdHoc = ({ layout }: Pick<DaemonContext, 'layout'>, { name, file }: AppRecord): boolean => file === placeOf(layout, name);

/**
 * Adds a service at the end of an application without a file, which is made where it is not there, and starts it.
 *
 * @throws {@link PortsupError} `FAILED` where the application has a file, or a service of that name already.
 */
export async function run(context: DaemonContext, body: RunBody, stream: LineStream<ActionLine>): Promise<void> {
  refuseWhileEnding(context);
  const { app, env } = body;
  const service = serviceOf(body);
  const { name } = service;
  const root = context.runtime.forest().apps[app]?.root;
  const record = context.apps.get(app);
  if (root && record && !isAdHoc(context, record)) {
    const hint = `add it to ${record.file}, or choose another application with -p`;
    throw new PortsupError('FAILED', `the application "${app}" has a configuration of its own`, hint);
  }
  refuseSecond(root, name);
  // Who else is in it has the environment of another shell.
  const added = root ? { ...service, env: { ...env, ...service.env }, inheritEnv: [] } : service;
  const children = [...(root ? servicesOf(root) : []), added];
  await up(context, upBodyOf(context, body, { name, root: { ...(root ? root.spec : body.root), children } }), stream);
  if (body.wait) clearNeverRun(context, app, name);
}

/** One that could not even be executed (a typing mistake) leaves nothing behind but its history. */
function clearNeverRun(context: DaemonContext, app: string, name: string): void {
  const root = context.runtime.forest().apps[app]?.root;
  const node = root && findNode(root, name);
  if (node?.kind !== 'service' || node.state.phase !== 'ended' || node.state.how !== 'failed' || node.lastExit) return;
  if (root && root.children.length > 1) return removeServices(context, app, [name]);
  context.runtime.post({ type: 'down-asked', app, graceMs: null });
  // With nobody else up this daemon has nothing to do any more.
  if (isIdle(context)) context.end();
}

function refuseSecond(root: Supervisor | undefined, name: string): void {
  const known = root && findNode(root, name);
  if (!known) return;
  const [what, hint] = isLive(known)
    ? ['running', `"portsup restart ${name}" restarts it, "portsup rm --stop ${name}" makes room`]
    : ['present', `"portsup start ${name}" starts it again, "portsup rm ${name}" makes room`];
  throw new PortsupError('FAILED', `"${name}" is already ${what}`, hint);
}

type ServiceBody = Extract<SupervisorBody['children'][number], { kind: 'service' }>;

/** The service that is to be added. */
function serviceOf({ root }: RunBody): ServiceBody {
  const [service, ...others] = root.children;
  if (service?.kind === 'service' && others.length === 0) return service;
  throw new PortsupError('USAGE', 'a root with exactly one service was expected', 'add one after the other');
}

const servicesOf = (root: Supervisor): readonly ServiceBody[] =>
  root.children.flatMap((child) => (child.kind === 'service' ? [child.spec as ServiceBody] : []));

interface Wanted {
  /** Of the new service. */
  readonly name: string;
  readonly root: SupervisorSpec;
}

const upBodyOf = ({ layout }: DaemonContext, { app, env, wait, timeoutMs }: RunBody, { name, root }: Wanted): UpBody => ({
  app,
  file: placeOf(layout, app),
  // Both are plain data that nobody changes.
  root: root as SupervisorBody,
  env,
  names: [name],
  forceRecreate: false,
  updateEnv: false,
  dryRun: false,
  wait,
  timeoutMs,
});

/**
 * Takes services of applications without a file away, and with the last of them the application.
 *
 * @throws {@link PortsupError} `FAILED` for one that comes from a file, or that runs and is not to be stopped.
 */
export async function remove(context: DaemonContext, body: RemoveBody, stream: LineStream<ActionLine>): Promise<void> {
  const targets = targetsOf(context, body);
  for (const target of targets) refuseRemoval(context, target, body.stop);
  const apps = [...new Set(targets.map(({ app }) => app))];
  const isWhole = (app: string): boolean => {
    const gone = targets.filter((target) => target.app === app).map(({ path }) => path);
    const root = context.runtime.forest().apps[app]?.root;
    return gone.includes('') || (root?.children.every(({ name }) => gone.includes(name)) ?? true);
  };
  const [whole, part] = [apps.filter(isWhole), apps.filter((app) => !isWhole(app))];
  for (const app of part)
    removeServices(
      context,
      app,
      targets.filter((target) => target.app === app).map(({ path }) => path),
    );
  await untilGone(
    context,
    targets.filter(({ app }) => part.includes(app)),
    stream,
  );
  const [first, ...others] = whole;
  for (const app of others) context.runtime.post({ type: 'down-asked', app, graceMs: body.timeoutMs ?? null });
  if (first !== undefined) return down(context, { app: first, all: false, timeoutMs: body.timeoutMs }, stream);
  stream.write(await resultLine(context, { app: part.length === 1 ? (part[0] ?? null) : null, placed: below(targets) }));
}

function refuseRemoval(context: DaemonContext, { app, path, node }: Placed, isToStop: boolean): void {
  const record = context.apps.get(app);
  if (!record || !isAdHoc(context, record)) {
    const file = record?.file ?? 'its configuration';
    throw new PortsupError('FAILED', `${path || app} is configured in ${file}`, 'remove it there, and "portsup up" again');
  }
  if (!isToStop && isLive(node))
    throw new PortsupError('FAILED', `${path || app} is running`, `"portsup stop ${path || app}" first, or "portsup rm --stop"`);
}

function removeServices(context: DaemonContext, app: string, names: readonly string[]): void {
  const root = context.runtime.forest().apps[app]?.root;
  if (!root) return;
  const kept = servicesOf(root).filter(({ name }) => !names.includes(name));
  context.runtime.post({ type: 'apply', app, root: { ...root.spec, children: kept }, names, recreate: false });
}

async function untilGone(context: DaemonContext, targets: readonly Placed[], stream: LineStream<ActionLine>): Promise<void> {
  const left = (): readonly Placed[] =>
    targets.filter(({ app, path }) => {
      const root = context.runtime.forest().apps[app]?.root;
      return root && findNode(root, path) !== undefined;
    });
  await waitFor(context, stream, {
    reachedAt: () => (left().length === 0 ? 0 : null),
    progress: () => stopProgress(below(left()).filter(isServicePlace), context.clock.now()),
    limitMs: null,
  });
}
