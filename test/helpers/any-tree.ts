/** Random trees, and random things that happen to them, for the properties of the supervision core. */
import * as fc from 'fast-check';
import type { ChildSpec, ServiceSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { logs, service, supervisor } from './specs.js';
import { nodesOf, type World } from './world.js';

const NAMES = ['a', 'b', 'c', 'd'];
/** Bytes that are too much for every service with a limit. */
export const EXCESS = 2 ** 20 + 1;

const PROBE = { by: 'tcp', host: 'localhost', port: 80, tryMs: 1_000 } as const;
const READY = { method: PROBE, delayMs: 0, intervalMs: 100, timeoutMs: 1_000 } as const;
const READY_ONCE = { ...READY, method: { by: 'exit' } } as const;
const ALIVE = { method: PROBE, intervalMs: 100, graceMs: 0, failures: 3, clearAfter: 3 } as const;
const BACKOFF = { minMs: 10, maxMs: 400, factor: 2, jitter: 0.1, resetAfterMs: 1_000 } as const;
/** Of every root; services may need it. */
const WATCHDOG = { name: 'outside', method: PROBE, cwd: '/', env: {}, intervalMs: 100, failures: 1, clearAfter: 1 } as const;

const restart = fc.constantFrom('permanent', 'permanent', 'transient', 'temporary');
const strategy = fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one');

/** A service with a random policy; of two with one name, the commands are often different. */
const anyService: fc.Arbitrary<ServiceSpec> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    version: fc.constantFrom('1', '1', '2'),
    restart,
    shutdown: fc.constantFrom(0, 50, 5_000, 'infinity' as const, 'brutal_kill' as const),
    significant: fc.boolean(),
    autostart: fc.constantFrom(true, true, true, false),
    orphans: fc.constantFrom('kill', 'leave'),
    stdin: fc.constantFrom('pipe', 'null'),
    cron: fc.constantFrom(null, null, null, '0 3 * * *'),
    watch: fc.constantFrom(null, null, { folder: '/srv', paths: ['/srv/src'], ignore: [] }),
    maxMemoryBytes: fc.constantFrom(null, null, EXCESS - 1),
    logs: fc.constantFrom(logs(), logs(), logs({ keep: 0, blockMs: 'infinity' }), logs({ mode: 'raw' }), logs({ mode: 'none' })),
    logTotalBytes: fc.constantFrom(null, null, 65_536),
    ready: fc.constantFrom(null, null, null, READY, READY_ONCE),
    alive: fc.constantFrom(null, ALIVE),
    backoff: fc.constantFrom(null, null, BACKOFF),
  })
  .map(({ name, version, ...fields }) => {
    const isNeverDone = fields.ready === READY_ONCE && (fields.restart !== 'transient' || fields.significant);
    return service(name, { ...fields, ready: isNeverDone ? READY : fields.ready, command: [`/bin/${name}`, version] });
  });

const anyPolicy = fc.record({
  strategy,
  intensity: fc.integer({ min: 0, max: 3 }),
  periodMs: fc.constantFrom(10, 100, 1_000),
  autoShutdown: fc.constantFrom('never', 'never', 'any_significant', 'all_significant'),
  resetAfterMs: fc.constantFrom(null, null, 300),
  logTotalBytes: fc.constantFrom(null, null, 65_536),
  restart,
  shutdown: fc.constantFrom('infinity' as const, 'infinity' as const, 200, 'brutal_kill' as const),
  significant: fc.boolean(),
});

const anyPool: fc.Arbitrary<SupervisorSpec> = fc
  .tuple(fc.constantFrom(...NAMES), anyService, anyPolicy)
  .map(([name, template, policy]) => supervisor(name, [], { ...policy, strategy: 'simple_one_for_one', autoShutdown: 'never', template }));

function anySupervisor(depth: number, pools: boolean): fc.Arbitrary<SupervisorSpec> {
  const kinds: fc.WeightedArbitrary<ChildSpec>[] = [{ arbitrary: anyService, weight: 4 }];
  if (depth > 1) kinds.push({ arbitrary: anySupervisor(depth - 1, pools), weight: 2 });
  if (pools) kinds.push({ arbitrary: anyPool, weight: 1 });
  const children = fc.uniqueArray(fc.oneof(...kinds), { minLength: 1, maxLength: 4, selector: ({ name }) => name });
  return fc.tuple(fc.constantFrom(...NAMES), children, anyPolicy).map(([name, below, policy]) =>
    supervisor(
      name,
      below.map((child) => legal(child, policy.autoShutdown)),
      policy,
    ),
  );
}

/** Only what the rules allow may be significant. */
const legal = <C extends ChildSpec>(child: C, autoShutdown: SupervisorSpec['autoShutdown']): C => {
  const template = child.kind === 'supervisor' && child.template ? { template: { ...child.template, significant: false, cron: null } } : {};
  return { ...child, ...template, significant: child.significant && autoShutdown !== 'never' && child.restart !== 'permanent' };
};

/** What a random tree may have in it. */
export interface TreeKind {
  readonly pools: boolean;
  /** Services that have to become ready, and wait before they are restarted; default none. */
  readonly health?: boolean;
  /** Services that need and are linked with one another; default none. */
  readonly needs?: boolean;
}

/** A root with up to three levels of supervisors. */
export function anyRoot({ pools, health = false, needs = false }: TreeKind): fc.Arbitrary<SupervisorSpec> {
  const any = anySupervisor(3, pools).map((spec) => ({ ...spec, name: '', significant: false, watchdogs: [WATCHDOG] }));
  const plain = health ? any : any.map((spec) => withoutHealth(spec) as typeof spec);
  return needs
    ? fc.tuple(plain, fc.array(fc.nat(1_000), { minLength: 12, maxLength: 12 })).map(([spec, picks]) => withNeeds(spec, picks))
    : plain;
}

function withoutHealth(spec: ChildSpec): ChildSpec {
  if (spec.kind === 'service') return { ...spec, ready: null, backoff: null };
  const template = spec.template && { ...spec.template, ready: null, backoff: null };
  return { ...spec, template, children: spec.children.map(withoutHealth) };
}

/** Each service may need any that comes before it in an order of its own, so that there are no circles, or the watchdog; and may be linked with any. */
function withNeeds(root: SupervisorSpec, picks: readonly number[]): SupervisorSpec {
  const paths = servicePathsOf(root, '');
  const order = paths.toSorted((left, right) => rankOf(left, picks) - rankOf(right, picks) || (left < right ? -1 : 1));
  const change = (spec: ChildSpec, path: string): ChildSpec => {
    if (spec.kind === 'supervisor') {
      return { ...spec, children: spec.children.map((child) => change(child, path === '' ? child.name : `${path}/${child.name}`)) };
    }
    const pick = rankOf(path, picks);
    const earlier = order.slice(0, order.indexOf(path));
    const needed = pick % 3 === 0 ? (pickOf(earlier, pick) ?? WATCHDOG.name) : pick % 3 === 1 && pick % 2 === 0 ? WATCHDOG.name : undefined;
    const linked =
      pick % 4 === 0
        ? pickOf(
            paths.filter((other) => other !== path),
            pick,
          )
        : undefined;
    return { ...spec, needs: needed === undefined ? [] : [needed], links: linked === undefined ? [] : [linked] };
  };
  return change(root, '') as SupervisorSpec;
}

/** A number for each path, another one with each of `picks`. */
function rankOf(path: string, picks: readonly number[]): number {
  let rank = 0;
  for (let index = 0; index < path.length; index += 1) {
    rank += (picks[(path.charCodeAt(index) + index) % picks.length] ?? 0) * (index + 1);
  }
  return rank;
}

const servicePathsOf = (spec: ChildSpec, path: string): readonly string[] =>
  spec.kind === 'service'
    ? [path]
    : spec.children.flatMap((child) => servicePathsOf(child, path === '' ? child.name : `${path}/${child.name}`));

/** Something that happens: what, and which of the things it can happen to (counted round). */
export interface Happening {
  readonly what:
    | 'answer'
    | 'refuse'
    | 'crash'
    | 'complete'
    | 'obey'
    | 'pass'
    | 'start'
    | 'stop'
    | 'restart'
    | 'kill'
    | 'apply'
    | 'remove'
    | 'down'
    | 'instance'
    | 'cron'
    | 'change'
    | 'exceed'
    | 'ready'
    | 'notReady'
    | 'unhealthy'
    | 'watchdog'
    | 'idle'
    | 'breaker';
  readonly pick: number;
}

const weights = {
  answer: 12,
  refuse: 3,
  crash: 6,
  complete: 2,
  obey: 10,
  pass: 3,
  start: 2,
  stop: 2,
  restart: 2,
  kill: 2,
  apply: 2,
  remove: 1,
  down: 1,
  instance: 3,
  cron: 3,
  change: 3,
  exceed: 3,
  ready: 8,
  notReady: 2,
  unhealthy: 2,
  watchdog: 2,
  idle: 1,
  breaker: 2,
};

/** Up to `maxLength` happenings, none of `without` among them. */
export function anyHappenings(maxLength: number, without: readonly Happening['what'][] = []): fc.Arbitrary<readonly Happening[]> {
  const whats = (Object.keys(weights) as Happening['what'][]).filter((what) => !without.includes(what));
  const what = fc.oneof(...whats.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] })));
  return fc.array(fc.record({ what, pick: fc.nat(1_000) }), { maxLength, size: 'max' });
}

const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(1, list.length)];

/** Lets one thing happen to a world of puppets; nothing where there is nothing it could happen to. `specs` are what can be applied. */
export function happen(world: World, { what, pick }: Happening, specs: readonly SupervisorSpec[]): void {
  const runs = [...world.live.values()];
  const paths = world.forest.apps[world.app] ? nodesOf(world.root).map(([path]) => path) : [];
  const path = pickOf(paths, pick);
  switch (what) {
    case 'answer':
    case 'refuse': {
      const waiting = pickOf(
        runs.filter(({ pid }) => pid === null),
        pick,
      );
      if (waiting) world.answer(waiting.path, what === 'refuse' ? 'no such file' : null);
      return;
    }
    case 'crash':
    case 'complete':
    case 'obey': {
      const alive = runs.filter(({ pid, signals }) => pid !== null && (what !== 'obey' || signals.length > 0));
      const ending = pickOf(alive, pick);
      if (ending && what === 'complete') world.exit(ending.path, 0);
      else if (ending) world.die(ending.path, ending.signals.at(-1));
      return;
    }
    case 'pass':
      world.pass([1, 10, 60, 400, 6_000][pick % 5] ?? 1);
      return;
    case 'apply': {
      const spec = pickOf(specs, pick);
      const names = pick % 3 === 0 && path !== undefined && path !== '' ? [path] : [];
      if (spec) world.apply(spec, { names, recreate: pick % 7 === 0 });
      return;
    }
    case 'down':
      world.down(pick % 2 === 0 ? null : pick % 100);
      return;
    case 'change':
      if (path !== undefined) world.change(path, pickOf(['src/a', 'src/b'], pick) ?? '');
      return;
    case 'exceed':
      if (path !== undefined) world.exceed(path, EXCESS);
      return;
    case 'ready':
    case 'notReady': {
      const proving = pickOf(world.proving().filter(hasRun(world)), pick);
      if (proving !== undefined) world[what](proving);
      return;
    }
    case 'watchdog':
      world.watchdog(WATCHDOG.name, pick % 2 === 0);
      return;
    case 'breaker':
      if (path !== undefined) world.breaker(pickOf(VERBS, pick) ?? 'reset', path);
      return;
    case 'unhealthy':
    case 'idle':
    case 'start':
    case 'kill':
    case 'instance':
    case 'cron':
      if (path !== undefined) world[what](path);
      return;
    case 'remove':
      if (path !== undefined && path !== '') world.remove(path);
      return;
    case 'stop':
    case 'restart':
      if (path !== undefined) world[what](withOthers(paths, { path, pick }), pick % 3 === 0 ? pick % 100 : null);
      return;
    default:
      what satisfies never;
  }
}

/** As often as not several are named, in whatever order. */
export const withOthers = (
  paths: readonly string[],
  { path, pick }: { readonly path: string; readonly pick: number },
): readonly string[] =>
  pick % 2 === 0 ? [path] : [...new Set([path, ...paths.filter((_, index) => index % 3 === pick % 3).toReversed()])];

const VERBS = ['melt', 'reset', 'disable', 'enable', 'enable'] as const;

/** One that has ended may be listed as running while supervision has yet to hear of it. */
const hasRun =
  (world: World) =>
  (path: string): boolean =>
    world.live.has(path);

/** Lets every program do what it is asked, at once, and time pass until nobody waits for anything; throws when that never comes. */
export function settle(world: World, { patience = 60_000 } = {}): void {
  for (let turn = 0; turn < 2_000; turn += 1) {
    const next = [...world.live.values()].find(({ pid, signals }) => pid === null || signals.length > 0);
    const [proving] = world.forest.apps[world.app] ? world.proving() : [];
    if (next?.pid === null) world.answer(next.path);
    else if (next) world.die(next.path, next.signals.at(-1));
    else if (proving !== undefined) world.ready(proving);
    else if (patience > 0 && world.wakes.length > 0) world.pass(patience);
    else return;
  }
  throw new Error('this world never comes to rest');
}
