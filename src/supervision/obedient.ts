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
  /** One more than that of the step that it waits for; 1: it waits for none. Which of those with one number begins first is not known. */
  readonly number: number;
}

/** What a program answers, and the number of the step that it answers to; 0: it was under way before. */
interface Answer {
  readonly event: Event;
  readonly number: number;
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
  private readonly answers: Answer[] = [];
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
    this.hear({ event, number: this.steps.at(-1)?.number ?? 0 });
  }

  private hear({ event, number }: Answer): void {
    const [after, commands] = step(this.forest, event);
    this.forest = after;
    // All of them at the same moment; but a stop is told of when it begins, and a start when it has been made.
    const starts = commands.filter((command) => command.do === 'spawn');
    const others = commands.filter((command) => command.do !== 'spawn');
    for (const command of [...others, ...starts]) this.obey(command, number + 1);
  }

  /** The time by now. */
  get now(): Millis {
    return this.at;
  }

  /** Everything that is under way comes to its end: watchdogs find well what they have not looked at yet, and every answer that is owed comes. Time does not pass. */
  settle(): void {
    const { root, app, at } = this;
    for (const { name } of root?.spec.watchdogs ?? [])
      if (root?.watched[name] === undefined) this.hear({ event: { type: 'watchdog-changed', at, app, name, isUp: true }, number: 0 });
    const known = new Set(this.answers.map(({ event }) => answerKey(event)));
    const owed = root ? this.owedTo(root, '').filter((event) => !known.has(answerKey(event))) : [];
    this.answers.unshift(...owed.map((event) => ({ event, number: 0 })));
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
    for (let answer = this.answers.shift(); answer; answer = this.answers.shift()) this.hear(answer);
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

  private obey(command: Command, number: number): void {
    if (command.do === 'report') this.reports.push(command.report);
    if (command.do !== 'spawn' && command.do !== 'signal') return;
    const { path, run } = command;
    const where = { at: this.at, app: this.app, path, run };
    const afterMs = this.at - this.begin;
    if (command.do === 'spawn') {
      this.steps.push({ verb: 'start', path, afterMs, number });
      this.answers.push({ event: { type: 'spawned', ...where, pid: 0 }, number }, { event: this.readyEvent(path, run), number });
    } else if (!this.ended.has(`${run} ${path}`)) {
      this.ended.add(`${run} ${path}`);
      this.steps.push({ verb: 'stop', path, afterMs, number });
      this.answers.push({ event: { type: 'exited', ...where, code: 0, signal: null }, number });
    }
  }
}

const answerKey = (event: Event): string => ('run' in event ? `${event.type} ${event.run} ${event.path}` : event.type);
