/** What there is to be called: the run of a service, one that is on its way, or none. Questions to the forest; pure. */
import { parentPath, pathsDownTo } from '../../base/names.js';
import type { CallDown } from '../../control/contract.js';
import { describeCause } from '../../supervision/cause.js';
import { findNode, isReachable, isToStart, type Service, type Supervisor } from '../../supervision/tree.js';
import { hopelessNeed } from '../needs-text.js';
import { provedIn } from '../settling.js';
import { exitFactsOf, type Placed } from '../view.js';

/** The outcome of a call of what is down, but for what {@link wayBack} says. */
type FoundDown = Omit<CallDown, 'hint'>;

/** What a call of a service finds. */
export type Callee =
  | { readonly is: 'up'; readonly run: number; readonly pid: number; readonly service: Service }
  /** It is being started, or is going to be. */
  | { readonly is: 'coming' }
  /** It is down, and a call starts it. */
  | { readonly is: 'startable' }
  | { readonly is: 'down'; readonly down: FoundDown };

/** Looks for the service at `path`. `isAsked`: it has been started for this call, so that is not done again. */
export function calleeAt(root: Supervisor | undefined, path: string, isAsked: boolean): Callee {
  const service = root && findNode(root, path);
  if (root === undefined || service?.kind !== 'service') return { is: 'down', down: noProcess('it was taken away', undefined) };
  const { state, run } = service;
  if (state.phase === 'running' && state.proving === null) return { is: 'up', run, pid: state.pid, service };
  if (isComing(root, path, service)) return { is: 'coming' };
  return !isAsked && isStartable(root, path, service)
    ? { is: 'startable' }
    : { is: 'down', down: noProcess(whyDown(root, path, service), service) };
}

const isStartable = (root: Supervisor, path: string, service: Service): boolean =>
  service.spec.onDemand && !isStoppedByHand(service) && isReachable(root, path);

/** What has a service run again that does not come back by itself: a start is refused in what is disabled, and is not needed where a call does it. */
export function wayBack(root: Supervisor | undefined, { app, path }: Pick<Placed, 'app' | 'path'>): string {
  const service = root && findNode(root, path);
  if (root === undefined || service?.kind !== 'service') return '"portsup up" brings up what is configured';
  const disabled = pathsDownTo(path).find((above) => {
    const node = findNode(root, above);
    return node?.kind === 'supervisor' && node.isDisabled;
  });
  if (disabled !== undefined) return `"portsup breaker enable ${disabled || app}" has it started again`;
  return isStartable(root, path, service) ? 'the next call starts it' : `"portsup start ${path}" starts it`;
}

function isComing(root: Supervisor, path: string, service: Service): boolean {
  const { state, leaving } = service;
  switch (state.phase) {
    case 'running':
    case 'starting':
      return true;
    case 'waiting':
      return state.until !== null || hopelessNeed(root, service) === null;
    case 'stopping':
      return isToStart(state.next) || state.next === 'down' || leaving === 'recreate' || leaving === 'follow';
    case 'stopped':
    case 'down':
    case 'ended':
      return provedIn(root, path) === null;
    default:
      return state satisfies never;
  }
}

/** So it stays until a person starts it; what was started by nobody yet, or had nothing to do, is another matter. */
const isStoppedByHand = ({ desired, cause }: Service): boolean => desired === 'stopped' && cause?.type === 'by_hand';

/** Its own cause; else that of the nearest supervisor above that is not at work. */
function whyDown(root: Supervisor, path: string, service: Service): string {
  const need = hopelessNeed(root, service);
  if (need !== null) return `it waits for ${need}`;
  if (service.cause) return describeCause(service.cause);
  if (service.state.phase === 'stopping') return 'it is being stopped';
  for (let above = path; above !== ''; ) {
    above = parentPath(above);
    const supervisor = findNode(root, above);
    const { phase } = supervisor?.state ?? {};
    if (phase === 'running' || phase === 'starting' || phase === 'restarting') continue;
    const why = supervisor?.cause ? `: ${describeCause(supervisor.cause)}` : '';
    return `${above === '' ? 'its application' : above} is ${phase === 'stopping' ? 'being stopped' : 'down'}${why}`;
  }
  if (service.state.phase === 'ended') return `it is ${service.state.how}`;
  return service.run === 0 ? 'it has not been started' : 'it is not running';
}

/** As Erlang has it of a process that is not there. */
const noProcess = (why: string, service: Service | undefined): FoundDown => ({
  outcome: 'down',
  cause: `noproc: ${why}`,
  exit: service?.lastExit ? exitFactsOf(service.lastExit) : null,
  run: service && service.run > 0 ? service.run : null,
  pid: null,
  comesBack: false,
});
