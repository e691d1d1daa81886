/** The application of a chaos world: a random tree of programs of test/fixtures/chaos-program.sh. Names are unique in the whole tree. */
import { type Config, fixture } from '../helpers/live-app.js';
import type { Random } from './random.js';

/** What a program does besides printing; see the program. */
export type Kind = 'steady' | 'deaf' | 'slow' | 'leaver' | 'reader' | 'halver' | 'restless';

/** What portsup cares for besides that it runs. None of it fails by itself. */
export interface Care {
  readonly ready: 'exec' | 'log' | 'fd' | null;
  readonly isProbed: boolean;
  readonly backsOff: boolean;
  /** The name of an earlier service, a permanent one; null: none. */
  readonly needs: string | null;
}

export interface ServicePlan {
  readonly type: 'service';
  readonly name: string;
  readonly kind: Kind;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  /** Stands in its environment: with another one it has to be started anew. */
  readonly tag: number;
  readonly care: Care;
}

export interface GroupPlan {
  readonly type: 'group';
  /** "" for the root. */
  readonly name: string;
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one';
  readonly intensity: number;
  readonly periodMs: number;
  readonly children: readonly NodePlan[];
}

export type NodePlan = ServicePlan | GroupPlan;

/** More crashes than a round can have. */
const ENOUGH = 500;

const CARELESS: Care = { ready: null, isProbed: false, backsOff: false, needs: null };

/** A tree of four to about twelve services in up to three levels. `isCared`: with readiness, liveness, backoff and needs, too. */
export function randomPlan(random: Random, isCared: boolean): GroupPlan {
  const plan = randomTree(random);
  if (!isCared) return plan;
  const earlier: string[] = [];
  return mapServices(plan, (one) => {
    const care: Care = {
      ready: random.percent(50) ? random.of(['exec', 'log', 'fd'] as const) : null,
      isProbed: random.percent(30),
      backsOff: random.percent(30),
      needs: earlier.length > 0 && random.percent(40) ? random.of(earlier) : null,
    };
    if (one.restart === 'permanent') earlier.push(one.name);
    return [{ ...one, care }];
  });
}

function randomTree(random: Random): GroupPlan {
  let number = 0;
  const name = (letter: string): string => {
    number += 1;
    return `${letter}${number}`;
  };
  const service = (): ServicePlan => ({
    type: 'service',
    name: name('s'),
    kind: random.of(['steady', 'steady', 'steady', 'deaf', 'slow', 'leaver', 'reader', 'halver']),
    restart: random.of(['permanent', 'permanent', 'permanent', 'transient', 'temporary']),
    tag: 1,
    care: CARELESS,
  });
  const policy = (): Pick<GroupPlan, 'strategy' | 'intensity' | 'periodMs'> => ({
    strategy: random.of(['one_for_one', 'one_for_one', 'one_for_all', 'rest_for_one']),
    intensity: random.percent(35) ? 1 + random.below(2) : ENOUGH,
    periodMs: random.of([1_000, 10_000]),
  });
  const group = (depth: number): GroupPlan => {
    const count = 2 + random.below(2);
    const child = (): NodePlan => (depth > 0 && random.percent(25) ? group(depth - 1) : service());
    return { type: 'group', name: name('g'), ...policy(), children: Array.from({ length: count }, child) };
  };
  const children: NodePlan[] = [service(), group(1), service()];
  if (random.percent(50)) children.push(group(0));
  if (random.percent(40)) children.push(restlessGroup(name('g'), name('s')));
  return { type: 'group', name: '', ...policy(), children };
}

/** One that ends by itself again and again is alone in its group, so that it is nobody else's business. */
const restlessGroup = (group: string, service: string): GroupPlan => ({
  type: 'group',
  name: group,
  strategy: 'one_for_one',
  intensity: ENOUGH,
  periodMs: 1_000,
  children: [{ type: 'service', name: service, kind: 'restless', restart: 'permanent', tag: 1, care: CARELESS }],
});

/** Another configuration of the same application: one service is new, gone, or runs differently. */
export function changedPlan(plan: GroupPlan, random: Random, newName: string): GroupPlan {
  const { name } = random.of(servicesOf(plan));
  switch (random.below(3)) {
    case 0:
      return mapServices(plan, (one) => (one.name === name ? [{ ...one, tag: one.tag + 1 }] : [one]));
    case 1:
      return mapServices(plan, (one) =>
        one.name === name ? [one, { ...one, name: newName, kind: 'steady', tag: 1, care: CARELESS }] : [one],
      );
    default:
      return mapServices(plan, (one) => (one.name === name && isSpare(plan, name) ? [] : [withoutNeed(plan, one, name)]));
  }
}

/** Without its need for a service that goes. */
const withoutNeed = (plan: GroupPlan, one: ServicePlan, name: string): ServicePlan =>
  one.care.needs === name && isSpare(plan, name) ? { ...one, care: { ...one.care, needs: null } } : one;

/** Is it not the only child of its group? */
const isSpare = (group: GroupPlan, name: string): boolean =>
  group.children.some((child) => (child.type === 'group' ? isSpare(child, name) : child.name === name && group.children.length > 1));

const mapServices = (group: GroupPlan, change: (service: ServicePlan) => readonly ServicePlan[]): GroupPlan => ({
  ...group,
  children: group.children.flatMap((child): readonly NodePlan[] => (child.type === 'group' ? [mapServices(child, change)] : change(child))),
});

/** All services below a node, in tree order. */
export const servicesOf = (node: NodePlan): readonly ServicePlan[] =>
  node.type === 'service' ? [node] : node.children.flatMap(servicesOf);

/** All nested groups. */
export const groupsOf = (group: GroupPlan): readonly GroupPlan[] =>
  group.children.flatMap((child) => (child.type === 'group' ? [child, ...groupsOf(child)] : []));

/** What leads from the root to a node, both included; undefined if there is none of that name. */
export function wayTo(node: NodePlan, name: string): readonly NodePlan[] | undefined {
  if (node.name === name) return [node];
  if (node.type === 'service') return undefined;
  for (const child of node.children) {
    const rest = wayTo(child, name);
    if (rest) return [node, ...rest];
  }
  return undefined;
}

/** Its path as `ps` shows it. @throws Error if there is none of that name. */
export function pathOf(plan: GroupPlan, name: string): string {
  const way = wayTo(plan, name);
  if (!way) throw new Error(`bug: no "${name}" in the plan`);
  return way
    .slice(1)
    .map((node) => node.name)
    .join('/');
}

/** The program of all services. */
export const chaosProgram = fixture('chaos-program.sh');

/** The plan as a configuration; `folder` is where the programs write. */
export const configOf = (plan: GroupPlan, folder: string): Config => ({
  ...groupConfig(plan, { plan, folder }),
  on_event: [fixture('chaos-hook.sh'), folder],
});

/** The whole, and where the programs write. */
interface Setting {
  readonly plan: GroupPlan;
  readonly folder: string;
}

const groupConfig = (group: GroupPlan, setting: Setting): Config => ({
  strategy: group.strategy,
  intensity: group.intensity,
  period: `${group.periodMs}ms`,
  services: Object.fromEntries(
    group.children.map((child) => [child.name, child.type === 'group' ? groupConfig(child, setting) : serviceConfig(child, setting)]),
  ),
});

const serviceConfig = ({ name, kind, restart, tag, care }: ServicePlan, { plan, folder }: Setting): Config => ({
  command: [chaosProgram, folder, name, kind],
  restart,
  shutdown: kind === 'deaf' ? '300ms' : '10s',
  env: { TAG: String(tag), ...(care.ready === 'fd' && { READY_FD: '5' }) },
  ...(care.ready && { ready: { ...READY[care.ready], timeout: '30s' } }),
  ...(care.isProbed && { alive: { exec: ['true'], interval: '100ms' } }),
  ...(care.backsOff && { backoff: { min: '50ms', max: '400ms' } }),
  ...(care.needs !== null && { needs: [pathOf(plan, care.needs)] }),
});

const READY = {
  exec: { exec: ['true'], interval: '50ms' },
  log: { log: ' out 1 end$' },
  fd: { fd: 5 },
} as const;
