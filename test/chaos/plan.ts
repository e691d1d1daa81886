/** The application of a chaos world: a random tree of programs of test/fixtures/chaos-program.sh. Names are unique in the whole tree. */
import { type Config, fixture } from '../helpers/live-app.js';
import type { Random } from './random.js';

/** What a program does besides printing; see the program. */
export type Kind = 'steady' | 'deaf' | 'slow' | 'leaver' | 'reader' | 'halver' | 'restless';

export interface ServicePlan {
  readonly type: 'service';
  readonly name: string;
  readonly kind: Kind;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  /** Stands in its environment: with another one it has to be started anew. */
  readonly tag: number;
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

/** A tree of four to about twelve services in up to three levels. */
export function randomPlan(random: Random): GroupPlan {
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
  children: [{ type: 'service', name: service, kind: 'restless', restart: 'permanent', tag: 1 }],
});

/** Another configuration of the same application: one service is new, gone, or runs differently. */
export function changedPlan(plan: GroupPlan, random: Random, newName: string): GroupPlan {
  const { name } = random.of(servicesOf(plan));
  switch (random.below(3)) {
    case 0:
      return mapServices(plan, (one) => (one.name === name ? [{ ...one, tag: one.tag + 1 }] : [one]));
    case 1:
      return mapServices(plan, (one) => (one.name === name ? [one, { ...one, name: newName, kind: 'steady', tag: 1 }] : [one]));
    default:
      return mapServices(plan, (one) => (one.name === name && isSpare(plan, name) ? [] : [one]));
  }
}

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
  ...groupConfig(plan, folder),
  on_event: [fixture('chaos-hook.sh'), folder],
});

const groupConfig = (plan: GroupPlan, folder: string): Config => ({
  strategy: plan.strategy,
  intensity: plan.intensity,
  period: `${plan.periodMs}ms`,
  services: Object.fromEntries(
    plan.children.map((child) => [child.name, child.type === 'group' ? groupConfig(child, folder) : serviceConfig(child, folder)]),
  ),
});

const serviceConfig = ({ name, kind, restart, tag }: ServicePlan, folder: string): Config => ({
  command: [chaosProgram, folder, name, kind],
  restart,
  shutdown: kind === 'deaf' ? '300ms' : '10s',
  env: { TAG: String(tag) },
});
