/**
 * What must be after a round: which services nothing has happened to, which are wanted up, what may have given up. It errs on one
 * side only: where the order of two things is not certain, or a budget may be used up, anything may have come of it.
 */
import type { PsRow } from '../../src/control/contract.js';
import type { Action } from './action.js';
import { type GroupPlan, type NodePlan, pathOf, type ServicePlan, servicesOf, wayTo } from './plan.js';

/** `stopped`: by hand; `ended`: by itself, and not to be started again; `any`: not known until it is looked at. */
export type Wish = 'up' | 'stopped' | 'ended' | 'any';

/** What happened to a service in this round; `certain`: it had been done when the next thing happened. */
interface Touch {
  readonly wish: Wish;
  readonly certain: boolean;
}

/** A restart that may have been charged to a group, at the latest then (ms); null: in this round. */
interface Charge {
  readonly until: number | null;
}

export class Expectation {
  #plan: GroupPlan;
  /** As it was when the round began. */
  #wishes: ReadonlyMap<string, Wish>;
  readonly #touches = new Map<string, Touch>();
  readonly #charges = new Map<string, readonly Charge[]>();
  /** Services that a command which is under way may start, also after what follows it. */
  readonly #starting = new Set<string>();
  #mayFail = false;

  /** Everything is up. */
  constructor(plan: GroupPlan) {
    this.#plan = plan;
    this.#wishes = new Map(servicesOf(plan).map(({ name }) => [name, 'up']));
  }

  get plan(): GroupPlan {
    return this.#plan;
  }

  /** May the application have given up, or may somebody wait who is not ready or whose need is not up? Then anything may be. */
  get mayFail(): boolean {
    return this.#mayFail;
  }

  /** Is everything that was asked for in this round known to have been done? */
  get isCalm(): boolean {
    return this.#starting.size === 0 && [...this.#touches.values()].every(({ certain }) => certain);
  }

  /** Is everything in this service or group to be up? */
  isWhole(name: string): boolean {
    return this.#below(name).every((service) => this.wishOf(service.name) === 'up');
  }

  isTouched(name: string): boolean {
    return this.#touches.has(name);
  }

  /** How a service is to be found; `any` where that is not known. */
  wishOf(name: string): Wish {
    if (this.#mayFail) return 'any';
    return this.#touches.get(name)?.wish ?? this.#wishes.get(name) ?? 'any';
  }

  /** A new round: what is now is how it is wanted. `now` in ms. */
  begin(rows: readonly PsRow[], now: number): void {
    const paths = new Map(rows.map((row) => [row.path, row]));
    const services = servicesOf(this.#plan);
    this.#wishes = new Map(services.map(({ name }) => [name, wishIn(paths.get(pathOf(this.#plan, name)))]));
    this.#touches.clear();
    for (const [group, charges] of this.#charges) {
      this.#charges.set(
        group,
        charges.map(({ until }) => ({ until: until ?? now })),
      );
    }
    this.#starting.clear();
    this.#mayFail = rows.some(({ path, state }) => (path === '' && state === 'failed') || isOnItsWay(state));
    for (const { name, kind } of services) if (kind === 'restless' && this.wishOf(name) === 'up') this.#touch(name, 'up', true);
  }

  /** Takes account of an action that is about to be done. `now` in ms. */
  foresee(action: Action, now: number): void {
    this.#follow(action, now);
    if (servicesOf(this.#plan).some((service) => this.#isHeldUp(service))) this.#mayFail = true;
  }

  /** May it have been started while what it needs was not up? */
  #isHeldUp({ name, care: { needs } }: ServicePlan): boolean {
    return needs !== null && this.#touches.has(name) && this.wishOf(needs) !== 'up';
  }

  #follow(action: Action, now: number): void {
    switch (action.do) {
      case 'kill':
      case 'exit':
        return this.#crash(action.name, now);
      case 'crash':
        for (const { name } of this.#below(action.name)) this.#crash(name, now);
        return;
      case 'stop':
        for (const { name } of this.#below(action.name)) this.#touch(name, this.#starting.has(name) ? 'any' : 'stopped', action.wait);
        return;
      case 'start':
        return this.#start(action.name, action.wait);
      case 'restart':
        for (const { name } of this.#below(action.name)) if (this.wishOf(name) === 'up') this.#touch(name, 'up', action.wait);
        return this.#start(action.name, action.wait);
      case 'configure':
        this.#configure(action.plan, action.wait);
        return this.#up(action.wait);
      case 'up':
        if (action.recreate) for (const { name } of servicesOf(this.#plan)) this.#touch(name, this.#unlessDown(name), action.wait);
        return this.#up(action.wait);
      case 'down':
        return this.#startAfresh();
      case 'kill-daemon':
        for (const name of action.meanwhile) this.#crash(name, now);
        return;
      case 'kill-both':
        // Nobody holds their standard input any more.
        for (const { name, kind } of servicesOf(this.#plan)) if (kind === 'reader') this.#crash(name, now);
        for (const name of action.meanwhile) this.#crash(name, now);
        if (action.rescue === 'up') this.#up(true);
        return;
      case 'send':
      case 'replace-daemon':
      case 'kill-keeper':
        return;
      default:
        action satisfies never;
    }
  }

  /** Nobody knows what has become of an action. */
  doubt(action: Action): void {
    if ('name' in action) for (const { name } of this.#below(action.name)) this.#touch(name, 'any', false);
    else for (const { name } of servicesOf(this.#plan)) if (this.wishOf(name) !== 'up') this.#touch(name, 'any', false);
  }

  #touch(name: string, wish: Wish, certain: boolean): void {
    const earlier = this.#touches.get(name);
    if (!earlier || (earlier.certain && certain)) this.#touches.set(name, { wish, certain });
    else this.#touches.set(name, { wish: earlier.wish === wish ? wish : 'any', certain: false });
  }

  /** Up where that is wanted; who was stopped or has ended may be brought back. */
  #unlessDown(name: string): Wish {
    return this.wishOf(name) === 'up' ? 'up' : 'any';
  }

  #below(name: string): readonly ServicePlan[] {
    return servicesOf(this.#wayTo(name).at(-1) ?? this.#plan);
  }

  #wayTo(name: string): readonly NodePlan[] {
    return wayTo(this.#plan, name) ?? [];
  }

  #crash(name: string, now: number): void {
    const wish = this.wishOf(name);
    if (wish === 'stopped' || wish === 'ended') return;
    const way = this.#wayTo(name);
    const service = way.at(-1);
    if (service?.type !== 'service') return;
    // Its start may not be over: then it has failed.
    if (service.care.ready !== null && this.#touches.has(name)) this.#mayFail = true;
    // A transient one may have ended well: many do on SIGTERM.
    this.#touch(name, service.restart === 'permanent' ? wish : 'any', false);
    if (service.restart !== 'temporary') this.#charge(way.slice(0, -1), service, now);
  }

  /** The last of `way` reacts to the end of its child, and may give up. */
  #charge(way: readonly NodePlan[], child: NodePlan, now: number): void {
    const group = way.at(-1);
    if (group?.type !== 'group') return;
    this.#bringBack(affected(group, child), false);
    const recent = (this.#charges.get(group.name) ?? []).filter(({ until }) => until === null || now - until <= group.periodMs);
    const charges = [...recent, { until: null }];
    this.#charges.set(group.name, charges);
    if (charges.length <= group.intensity) return;
    this.#bringBack(group.children, false);
    if (way.length === 1) this.#mayFail = true;
    else this.#charge(way.slice(0, -1), group, now);
  }

  /** They are stopped and started by supervision; a temporary one may not be started again. */
  #bringBack(nodes: readonly NodePlan[], certain: boolean): void {
    for (const { name, restart } of nodes.flatMap(servicesOf)) {
      this.#touch(name, restart === 'temporary' ? 'any' : this.#unlessDown(name), certain);
    }
  }

  /** Of a group that is not at work, all may be started. */
  #start(name: string, certain: boolean): void {
    const way = this.#wayTo(name);
    const down = (node: NodePlan): readonly ServicePlan[] => servicesOf(node).filter((service) => this.wishOf(service.name) !== 'up');
    const node = way.at(-1);
    const wanted = node?.type === 'service' ? down(node) : [];
    for (const group of way.slice(1)) {
      if (group.type === 'group') for (const service of down(group)) this.#touch(service.name, 'any', certain);
    }
    for (const service of wanted) this.#touch(service.name, 'up', certain);
    if (!certain) for (const service of this.#below(name)) this.#starting.add(service.name);
  }

  #configure(plan: GroupPlan, certain: boolean): void {
    const before = new Map(servicesOf(this.#plan).map((service) => [service.name, service]));
    this.#plan = plan;
    for (const service of servicesOf(plan)) {
      const old = before.get(service.name);
      const group = this.#wayTo(service.name).at(-2);
      if (!old) this.#touch(service.name, 'up', certain);
      // Its siblings are restarted as if it had ended by itself; nothing is charged for that.
      else if (old.tag !== service.tag && group?.type === 'group') this.#bringBack(affected(group, service), certain);
    }
  }

  /** What was stopped by hand comes back; what has ended may. */
  #up(certain: boolean): void {
    for (const { name } of servicesOf(this.#plan)) {
      const wish = this.wishOf(name);
      if (wish !== 'up') this.#touch(name, wish === 'stopped' ? 'up' : 'any', certain);
      if (!certain) this.#starting.add(name);
    }
  }

  #startAfresh(): void {
    this.#touches.clear();
    for (const { name } of servicesOf(this.#plan)) this.#touches.set(name, { wish: 'up', certain: true });
    this.#charges.clear();
    this.#mayFail = false;
    this.#starting.clear();
  }
}

/** Who is restarted, with it, when a child of a group ends. */
function affected({ strategy, children }: GroupPlan, child: NodePlan): readonly NodePlan[] {
  const index = children.indexOf(child);
  const isAffected = { one_for_one: (at: number) => at === index, one_for_all: () => true, rest_for_one: (at: number) => at >= index };
  return children.filter((_, at) => isAffected[strategy](at));
}

/** Does it wait for something? At rest only where anything may be. */
export const isOnItsWay = (state: PsRow['state']): boolean => state === 'waiting' || state === 'starting';

function wishIn(row: PsRow | undefined): Wish {
  if (row === undefined) return 'any';
  if (row.state === 'running') return 'up';
  return row.desired === 'stopped' ? 'stopped' : 'ended';
}
