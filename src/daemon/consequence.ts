/** What supervision is going to do about a crash, in words, found out by letting it on a copy. Pure. */
import type { Millis } from '../base/clock.js';
import { formatDuration } from '../base/duration.js';
import { childPath, isWithin, parentPath } from '../base/names.js';
import { withinPeriod } from '../supervision/intensity.js';
import type { Event } from '../supervision/messages.js';
import { Obedient } from '../supervision/obedient.js';
import { step } from '../supervision/step.js';
import { type Forest, findNode, isToStart, type Node, type Service, type Supervisor } from '../supervision/tree.js';
import { servicesOf } from './settling.js';
import type { Placed } from './view.js';

/** A wait (`backoff`) that is longer is not followed to its end. */
const LIMIT_MS: Millis = 24 * 60 * 60 * 1_000;

/** What it would do about the end of this run by `signal`. */
export function consequenceOf(forest: Forest, place: Placed<Service>, how: { readonly signal: string; readonly at: Millis }): string {
  const { app, path, node } = place;
  const now = how.at;
  if (node.state.phase === 'stopping') {
    const isBack = isToStart(node.state.next) || node.leaving === 'recreate';
    if (node.state.next === 'down') return 'it is being ended anyway, and supervision reacts to that';
    return isBack ? 'it is being restarted anyway' : 'it is being stopped and is not started again';
  }
  const death: Event = { type: 'exited', at: now, app, path, run: node.run, code: null, signal: how.signal };
  const [after, commands] = step(forest, death);
  const linked = linkedText(forest.apps[app]?.root, after.apps[app]?.root);
  const givers = commands.flatMap((command) =>
    command.do === 'report' && command.report.event === 'gave_up' ? [command.report.path] : [],
  );
  if (givers.length > 0) return `one too many: ${givers.map((giver) => giver || 'the application').join(', then ')} gives up`;
  const root = after.apps[app]?.root;
  const parent = root && findNode(root, parentPath(path));
  const service = root && findNode(root, path);
  if (parent?.kind !== 'supervisor' || service?.kind !== 'service' || service.state.phase === 'ended') {
    const isProving = node.state.phase === 'running' && node.state.proving !== null;
    return `it is not started again (${isProving ? 'it was not ready yet' : node.spec.restart})${linked}`;
  }
  const { intensity, periodMs } = parent.spec;
  const used = withinPeriod(parent.history, now, periodMs).length;
  const when = service.state.phase === 'waiting' ? waitText(service.state.until, service, now) : inGroup(forest, parent, death);
  const budget = `restart ${used} of at most ${intensity} in ${formatDuration(periodMs)}`;
  return `supervision starts it again${when}: ${budget}${linked}`;
}

const waitText = (until: Millis | null, { spec }: Service, now: Millis): string =>
  until === null ? ` as soon as ${spec.needs.join(' and ')} is up` : ` in ${formatDuration(Math.max(0, until - now))}`;

/** Who is restarted for its sake. */
function linkedText(before: Supervisor | undefined, after: Supervisor | undefined): string {
  const isNew = (path: string): boolean => !isLinked(before && findNode(before, path));
  const linked = after ? servicesOf({ name: '', root: after }).filter(({ path, node }) => isLinked(node) && isNew(path)) : [];
  const names = linked.map(({ path }) => path).join(', ');
  return linked.length === 0 ? '' : `; ${names} ${linked.length === 1 ? 'is' : 'are'} restarted with it (links)`;
}

const isLinked = (node: Node | undefined): boolean => node?.state.phase === 'stopping' && node.cause?.type === 'linked';

/** With whom it is restarted, and after which wait: of a group both are known only when its last one has stopped. */
function inGroup(forest: Forest, parent: Supervisor, death: Extract<Event, { type: 'exited' }>): string {
  const { state } = parent;
  if (state.phase !== 'restarting') return ' at once';
  const { app, path, at } = death;
  const above = parentPath(path);
  const world = new Obedient(forest, { app, at });
  world.tell(death);
  const isOver = (): boolean => (world.root && findNode(world.root, above))?.state.phase !== 'restarting';
  world.settleInTime(LIMIT_MS, isOver);
  const starts = world.steps.filter(({ verb }) => verb === 'start');
  const waitMs = starts.find((one) => one.path === path)?.afterMs ?? 0;
  const first = parent.children.findIndex((child) => child.name === state.first);
  const others = parent.children.slice(first).filter(({ name, spec }) => {
    const other = childPath(above, name);
    return other !== path && spec.restart !== 'temporary' && starts.some((one) => isWithin(one.path, other));
  });
  const when = waitMs === 0 ? '' : ` in ${formatDuration(waitMs)}`;
  if (others.length === 0) return when || ' at once';
  return `${when}, with ${others.map(({ name }) => name).join(', ')} (${parent.spec.strategy})`;
}
