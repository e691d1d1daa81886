/** Is what somebody waits for so, can it still become so, and if not, why? Questions to the forest. Pure. */
import { PortsupError } from '../base/errors.js';
import { childPath, pathsDownTo } from '../base/names.js';
import { describeCause } from '../supervision/cause.js';
import { isWholeUp } from '../supervision/needs.js';
import { findNode, isLive, type Node, type Service, type Supervisor } from '../supervision/tree.js';
import { hopelessNeed } from './needs-text.js';
import { provedIn, servicesOf } from './settling.js';

/** What is waited for, but for the end of one run. */
export type Awaitable = 'ready' | 'stopped' | 'gone';

/** An error says why it cannot come true any more without somebody doing something about it. */
export type Outlook = 'reached' | 'possible' | PortsupError;

/** A place in an application; `root` undefined: it is not up. */
export interface Watched {
  readonly app: string;
  readonly path: string;
  readonly root: Supervisor | undefined;
}

/** How things are for this place. */
export function outlookOf(watched: Watched, until: Awaitable): Outlook {
  const node = watched.root && findNode(watched.root, watched.path);
  switch (until) {
    case 'ready':
      return readiness(watched, node);
    case 'stopped':
      return watched.root && node && !isStopped(watched.root, watched.path, node) ? 'possible' : 'reached';
    case 'gone':
      return node ? 'possible' : 'reached';
    default:
      return until satisfies never;
  }
}

/** What is stopped only in the middle of a restart is about to run again. */
const isStopped = (root: Supervisor, path: string, node: Node): boolean =>
  !isLive(node) && node.state.phase !== 'down' && provedIn(root, path) !== null;

function readiness({ app, path, root }: Watched, node: Node | undefined): Outlook {
  const name = path || app;
  if (!root || !node) return failed(`${name} is not there any more`, '"portsup up" brings up what is configured');
  if (isReady(node)) return 'reached';
  for (const above of pathsDownTo(path)) {
    const supervisor = findNode(root, above);
    if (supervisor?.kind !== 'supervisor') continue;
    const outlook = outlookOfSupervisor(supervisor, above || app);
    if (outlook !== 'reached') return outlook;
  }
  if (node.kind === 'service') return outlookOfService(root, node, name);
  for (const inner of servicesOf({ name: app, root: node })) {
    const { path: below } = inner;
    if (inner.node.state.phase !== 'waiting') continue;
    const outlook = outlookOfService(root, inner.node, childPath(path, below));
    if (outlook instanceof PortsupError) return outlook;
  }
  return 'possible';
}

/** Is it up? A service with a readiness of its own: is it ready? One that is ready when it has ended well is so afterwards, too. */
function isReady(node: Node): boolean {
  if (isWholeUp(node)) return true;
  const isDone = node.kind === 'service' && node.state.phase === 'ended' && node.state.how === 'completed';
  return isDone && node.spec.ready?.method.by === 'exit';
}

/** Does it let those below it run? `reached`: it does. */
function outlookOfSupervisor(supervisor: Supervisor, name: string): Outlook {
  const { state, desired, isDisabled } = supervisor;
  if (isDisabled) return failed(`${name} is disabled`, `"portsup breaker enable ${name}" has it started again`);
  if (state.phase === 'running') return 'reached';
  if (state.phase === 'ended' && state.retryAt === null) return failed(`${name} ${state.how}${whyOf(supervisor)}`, startHint(name));
  if (state.phase === 'stopped' && desired === 'stopped') return failed(`${name} is stopped${whyOf(supervisor)}`, startHint(name));
  return 'possible';
}

function outlookOfService(root: Supervisor, service: Service, name: string): Outlook {
  const { state, desired } = service;
  const hopeless = state.phase === 'waiting' && state.until === null ? hopelessNeed(root, service) : null;
  if (hopeless !== null) return failed(`${name} is not started: it needs ${hopeless}`, '"portsup ps" shows how things are');
  if (state.phase === 'stopped') {
    return desired === 'stopped' ? failed(`${name} is stopped${whyOf(service)}`, startHint(name)) : 'possible';
  }
  if (state.phase !== 'ended' || state.how === 'waiting') return 'possible';
  const what = state.how === 'completed' ? 'has completed, and is not started again' : state.how === 'failed' ? 'failed' : 'is stopped';
  return failed(`${name} ${what}${whyOf(service)}`, startHint(name));
}

const whyOf = ({ cause }: Node): string => (cause ? `: ${describeCause(cause)}` : '');
const startHint = (name: string): string => `"portsup start ${name}" starts it, "portsup history ${name}" tells more`;
const failed = (message: string, hint: string): PortsupError => new PortsupError('FAILED', message, hint);
