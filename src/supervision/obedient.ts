/**
 * A copy of the forest with programs that do at once what they are asked: they start and are ready when they are spawned, and end when they are told to. What
 * is going to happen can be read off it before it does.
 */
import type { Millis } from '../base/clock.js';
import { childPath } from '../base/names.js';
import { deadlinesOf } from './expire.js';
import type { Command, Event, Report } from './messages.js';
import { step } from './step.js';
import { type Forest, findNode, type Node, type Supervisor } from './tree.js';

/** One thing that is done to one service. */
export interface PlanStep {
  readonly verb: 'stop' | 'start';
  readonly path: string;
}

/** The same with the time since the beginning at which it is done. */
export interface TimedStep extends PlanStep {
  readonly afterMs: Millis;
}

/** Whose copy it is, and the time it begins at. */
interface Beginning {
  readonly app: string;
  readonly at: Millis;
}

export class Obedient {
  /** What has been done, in order. */
  readonly steps: TimedStep[] = [];
  readonly reports: Report[] = [];
  private forest: Forest;
  private readonly app: string;
  private readonly begin: Millis;
  private at: Millis;
  private readonly answers: Event[] = [];
  private readonly ended = new Set<string>();

  constructor(forest: Forest, { app, at }: Beginning) {
    this.forest = forest;
    this.app = app;
    this.at = at;
    this.begin = at;
  }

  /** The application as it is by now; undefined: it is gone. */
  get root(): Supervisor | undefined {
    return this.forest.apps[this.app]?.root;
  }

  /** One thing happens. What follows from it waits for {@link settle}. */
  tell(event: Event): void {
    const [after, commands] = step(this.forest, event);
    this.forest = after;
    for (const command of commands) this.obey(command);
  }

  /** The time by now. */
  get now(): Millis {
    return this.at;
  }

  /** Everything that is under way comes to its end: watchdogs find well what they have not looked at yet, and every answer that is owed comes. Time does not pass. */
  settle(): void {
    const { root, app, at } = this;
    for (const { name } of root?.spec.watchdogs ?? [])
      if (root?.watched[name] === undefined) this.tell({ type: 'watchdog-changed', at, app, name, isUp: true });
    if (root) this.answers.unshift(...this.owedTo(root, ''));
    this.drain();
  }

  /** The same, and what waits for its time (`backoff`, `reset_after`) has it come, until `limitMs` after the beginning, or until `isEnough` says so. */
  settleInTime(limitMs: Millis, isEnough: () => boolean = () => false): void {
    this.settle();
    while (!isEnough()) {
      const due = deadlinesOf({ apps: Object.fromEntries(Object.entries(this.forest.apps).filter(([name]) => name === this.app)) });
      const next = Math.min(...due.filter((time) => time > this.at));
      if (next > this.begin + limitMs) return;
      this.at = next;
      this.tell({ type: 'tick', at: next });
      this.drain();
    }
  }

  private drain(): void {
    for (let event = this.answers.shift(); event; event = this.answers.shift()) this.tell(event);
  }

  /** The answers that supervision waits for already: of what is just being started or stopped. */
  private owedTo(node: Node, path: string): readonly Event[] {
    if (node.kind === 'supervisor') return node.children.flatMap((child) => this.owedTo(child, childPath(path, child.name)));
    const { at, app } = this;
    const { state, run } = node;
    if (state.phase === 'stopping' && state.pid !== null)
      return state.held === null ? [{ type: 'exited', at, app, path, run, code: 0, signal: null }] : [];
    if (state.phase === 'running' && state.proving !== null) return [this.readyEvent(path, run)];
    const spawned: Event = { type: 'spawned', at, app, path, run, pid: 0 };
    if (state.phase === 'starting') return [spawned, this.readyEvent(path, run)];
    return state.phase === 'stopping' ? [spawned] : [];
  }

  private readyEvent(path: string, run: number): Event {
    const { at, app, root } = this;
    const node = root && findNode(root, path);
    const isOnce = node?.kind === 'service' && node.spec.ready?.method.by === 'exit';
    return isOnce ? { type: 'exited', at, app, path, run, code: 0, signal: null } : { type: 'ready', at, app, path, run };
  }

  private obey(command: Command): void {
    if (command.do === 'report') this.reports.push(command.report);
    if (command.do !== 'spawn' && command.do !== 'signal') return;
    const { path, run } = command;
    const where = { at: this.at, app: this.app, path, run };
    const afterMs = this.at - this.begin;
    if (command.do === 'spawn') {
      this.steps.push({ verb: 'start', path, afterMs });
      this.answers.push({ type: 'spawned', ...where, pid: 0 }, this.readyEvent(path, run));
    } else if (!this.ended.has(`${run} ${path}`)) {
      this.ended.add(`${run} ${path}`);
      this.steps.push({ verb: 'stop', path, afterMs });
      this.answers.push({ type: 'exited', ...where, code: 0, signal: null });
    }
  }
}
