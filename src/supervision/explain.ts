/**
 * What would happen if something ended now, said before it does: not a second opinion about it, but the very core, run on a copy of the forest with programs
 * that do at once what they are asked.
 */
import type { Millis } from '../base/clock.js';
import { childPath, parentPath } from '../base/names.js';
import { describeCause } from './cause.js';
import { withinPeriod } from './intensity.js';
import { Obedient, type TimedStep } from './obedient.js';
import { stateOf } from './state-name.js';
import { type Forest, findNode, isLive, type Node, type Service, type Supervisor } from './tree.js';

/** So long a chain of waits (`backoff`, `reset_after`) is followed. */
const LIMIT_MS: Millis = 24 * 60 * 60 * 1_000;

/** What is left of a supervisor's budget of restarts. */
export interface BudgetLeft {
  readonly path: string;
  /** Restarts that it may still charge. */
  readonly left: number;
  readonly intensity: number;
  readonly periodMs: Millis;
}

/** A supervisor that gives up. */
export interface GivingUp {
  readonly path: string;
  readonly cause: string;
}

/** What follows from one thing. */
export interface Explanation {
  readonly path: string;
  /** `death`: of the service's run, by SIGKILL; `giving_up`: of the supervisor; `start`: it does not run, so there is nothing to end but a start to make. */
  readonly of: 'death' | 'giving_up' | 'start';
  /** Who is stopped and started, in this order, but for those with one number, and how long after it; the thing itself is none of these. */
  readonly steps: readonly TimedStep[];
  /** Of the supervisors above it, innermost first, once that is charged. */
  readonly budgets: readonly BudgetLeft[];
  /** Those that give up because of it, innermost first. */
  readonly gaveUp: readonly GivingUp[];
  /** What is in another state afterwards than now. */
  readonly final: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  /** Who gives up if it goes on like this, all within the period: at which death, counted from the next one; null: that ends otherwise, or has happened by then. */
  readonly escalation: { readonly deaths: number; readonly gaveUp: readonly GivingUp[] } | null;
}

/** Of what, and at which time. */
export interface Question {
  readonly app: string;
  readonly path: string;
  readonly at: Millis;
}

/** What would happen if the node at `path` ended now; of one that does not run, if it were started. Undefined: there is none. */
export function explain(forest: Forest, question: Question): Explanation | undefined {
  const { app, path, at } = question;
  const root = forest.apps[app]?.root;
  const node = root && findNode(root, path);
  if (!root || !node) return undefined;
  const world = new Obedient(forest, question);
  if (!isLive(node) || (node.kind === 'service' && node.state.phase !== 'running')) {
    world.tell({ type: 'start-asked', app, path, at });
    return { ...told(world, forest, question), of: 'start', escalation: null };
  }
  if (node.kind === 'supervisor') {
    for (let melts = 0; melts <= node.spec.intensity; melts += 1) world.tell({ type: 'breaker-asked', app, path, verb: 'melt', at });
    return { ...told(world, forest, question), of: 'giving_up', escalation: null };
  }
  die(world, question);
  const explanation = told(world, forest, question);
  return { ...explanation, of: 'death', escalation: explanation.gaveUp.length > 0 ? null : escalationOf(forest, root, question) };
}

/** The service, while it runs. */
function runningIn(world: Obedient, path: string): Service | undefined {
  const node = world.root && findNode(world.root, path);
  return node?.kind === 'service' && node.state.phase === 'running' ? node : undefined;
}

/** The run of the service ends; nothing where it has none. */
function die(world: Obedient, { app, path }: Question): boolean {
  const service = runningIn(world, path);
  if (!service) return false;
  world.tell({ type: 'exited', app, path, at: world.now, run: service.run, code: null, signal: 'SIGKILL' });
  return true;
}

/** It dies again and again, each time it is up, until somebody gives up. */
function escalationOf(forest: Forest, root: Supervisor, question: Question): Explanation['escalation'] {
  const world = new Obedient(forest, question);
  const parent = findNode(root, parentPath(question.path));
  const most = parent?.kind === 'supervisor' ? parent.spec.intensity + 1 : 0;
  for (let deaths = 1; deaths <= most; deaths += 1) {
    if (!die(world, question)) return null;
    const gaveUp = givenUp(world);
    if (gaveUp.length > 0) return { deaths, gaveUp };
    world.settleInTime(LIMIT_MS, () => runningIn(world, question.path) !== undefined);
  }
  return null;
}

const givenUp = ({ reports }: Obedient): readonly GivingUp[] =>
  reports.flatMap(({ event, path, cause }) => (event === 'gave_up' && cause ? [{ path, cause: describeCause(cause) }] : []));

function told(world: Obedient, forest: Forest, question: Question): Omit<Explanation, 'of' | 'escalation'> {
  const { path, at } = question;
  // What gives up is charged to the supervisor above it only when all below it has stopped.
  world.settle();
  const budgets = world.root ? budgetsOver(world.root, path, at) : [];
  world.settleInTime(LIMIT_MS);
  // What comes anyway does not come of this.
  const anyway = new Obedient(forest, question);
  const before = anyway.root;
  anyway.settleInTime(LIMIT_MS);
  const [now, then, otherwise] = [before, world.root, anyway.root].map(statesOf);
  const final = [...(now ?? [])].flatMap(([place, state]) => {
    const after = then?.get(place) ?? 'gone';
    const isOfThis = after !== state && after !== (otherwise?.get(place) ?? 'gone');
    return isOfThis ? [{ path: place, before: state, after }] : [];
  });
  return { path, steps: numbered(without(world.steps, anyway.steps)), budgets, gaveUp: givenUp(world), final };
}

/** The steps that are not among the others, each of which stands for one. */
function without(steps: readonly TimedStep[], others: readonly TimedStep[]): readonly TimedStep[] {
  const left = [...others];
  return steps.filter((step) => {
    const same = left.findIndex(({ verb, path, afterMs }) => verb === step.verb && path === step.path && afterMs === step.afterMs);
    if (same >= 0) left.splice(same, 1);
    return same < 0;
  });
}

/** The same with numbers that leave out none. */
function numbered(steps: readonly TimedStep[]): readonly TimedStep[] {
  const numbers = [...new Set(steps.map(({ number }) => number))].toSorted((left, right) => left - right);
  return steps.map((step) => ({ ...step, number: numbers.indexOf(step.number) + 1 }));
}

function budgetsOver(root: Supervisor, path: string, at: Millis): readonly BudgetLeft[] {
  const budgets: BudgetLeft[] = [];
  for (let above: string | null = path === '' ? null : parentPath(path); above !== null; above = above === '' ? null : parentPath(above)) {
    const supervisor = findNode(root, above);
    if (supervisor?.kind !== 'supervisor') continue;
    const { intensity, periodMs } = supervisor.spec;
    const left = Math.max(0, intensity - withinPeriod(supervisor.history, at, periodMs).length);
    budgets.push({ path: above, left, intensity, periodMs });
  }
  return budgets;
}

/** The state of each node by its path; of none where there is no application. */
function statesOf(root: Supervisor | undefined): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  const visit = (node: Node, path: string): void => {
    states.set(path, stateOf(node));
    if (node.kind === 'supervisor') for (const child of node.children) visit(child, childPath(path, child.name));
  };
  if (root) visit(root, '');
  return states;
}
