/**
 * Asks services and watchdogs how they are, as the forest has them. It follows the forest and tells it, as events, what has come of that: what follows is
 * supervision's to decide. A run is asked in one of two phases: until it is ready, and from then on whether it is well. What does not run is not asked.
 */
import type { Clock, Millis } from '../../base/clock.js';
import { childPath, isWithin } from '../../base/names.js';
import type { Answer } from '../../health/answer.js';
import type { Tries } from '../../health/try.js';
import type { WatchdogSpec } from '../../supervision/spec.js';
import { type Application, type Forest, isLive, type Node, type Service, type Supervisor } from '../../supervision/tree.js';
import { uidOf } from '../execution.js';
import type { RunName } from '../service-environment.js';
import { userOf } from '../service-user.js';
import type { Heard } from './channels.js';
import type { ExecProbes } from './exec-probes.js';
import type { HealthOptions, LatestAnswer } from './health-options.js';
import { watchForLine } from './log-line.js';
import { type Subject, watchdogSubject } from './probe-name.js';
import { ProbeTries } from './probe-tries.js';
import { aliveTask, readyTask, type Task, watchdogTask } from './task.js';
import { wishOf } from './wish.js';

export interface ProbingOptions extends HealthOptions {
  readonly commands: ExecProbes;
}

/** What is done about something, and for what: another text is another task. */
interface Current {
  readonly text: string;
  readonly phase: 'ready' | 'alive' | 'watchdog';
  readonly run: number;
  readonly task: Task;
}

/** Owns all tries, and what waits for a time; after `close` there are none. */
export class Probing {
  readonly #options: ProbingOptions;
  readonly #clock: Clock;
  readonly #tries: ProbeTries;
  readonly #tasks = new Map<string, Current & { readonly subject: Subject }>();
  readonly #latest = new Map<string, LatestAnswer>();
  readonly #unsubscribe: readonly (() => void)[];
  #seen: Forest = { apps: {} };
  #isFollowing = false;

  constructor(options: ProbingOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tries = new ProbeTries(options);
    const { runtime, channels } = options;
    this.#unsubscribe = [
      runtime.onChange(() => this.#follow()),
      channels.heard.subscribe(({ message, ...name }: Heard) => {
        const current = this.#tasks.get(keyOf(name));
        if (current?.run === name.run) current.task.hear(message);
      }),
    ];
    this.#follow();
  }

  latest(subject: Subject): LatestAnswer | undefined {
    return this.#latest.get(keyOf(subject));
  }

  close(): void {
    for (const end of this.#unsubscribe) end();
    for (const { task } of this.#tasks.values()) task.close();
    this.#tasks.clear();
    this.#tries.close();
  }

  /** What is told to supervision while this goes on (a run that has said before that it is ready) changes the forest: then it goes on with that. */
  #follow(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      for (let now = this.#options.runtime.forest(); now !== this.#seen; now = this.#options.runtime.forest())
        this.#compare(this.#seen, now);
    } finally {
      this.#isFollowing = false;
    }
  }

  /** What has not changed is not looked at: values of the forest are never changed in place. */
  #compare(before: Forest, now: Forest): void {
    this.#seen = now;
    for (const name of Object.keys(before.apps)) if (!now.apps[name]) this.#dropBelow(name, '');
    for (const app of Object.values(now.apps)) {
      const old = before.apps[app.name];
      if (old === app) continue;
      this.#watchdogs(app);
      this.#visit({ app: app.name, path: '' }, old?.root, app.root);
    }
  }

  #visit(place: Subject, before: Node | undefined, now: Node): void {
    if (before === now) return;
    if (now.kind === 'service') {
      if (before?.kind === 'supervisor') this.#dropBelow(place.app, place.path);
      return this.#service(place, now);
    }
    const known = new Map(before?.kind === 'supervisor' ? before.children.map((child) => [child.name, child]) : []);
    if (before?.kind === 'service') this.#set(place, null);
    for (const child of now.children) {
      this.#visit({ app: place.app, path: childPath(place.path, child.name) }, known.get(child.name), child);
      known.delete(child.name);
    }
    for (const name of known.keys()) this.#dropBelow(place.app, childPath(place.path, name));
  }

  #service(subject: Subject, service: Service): void {
    const { state, spec, run } = service;
    if (state.phase !== 'running') return this.#set(subject, null);
    const name: RunName = { ...subject, run };
    this.#listen(name, service);
    const isProving = state.proving !== null;
    const phase = isProving ? 'ready' : 'alive';
    const text = JSON.stringify(isProving ? spec.ready : spec.alive);
    const current = this.#tasks.get(keyOf(subject));
    if (current?.run === run && current.phase === phase && current.text === text) return;
    // Its grace begins when it has become ready; where that was under an earlier daemon, nobody knows when.
    const since = current?.run === run && current.phase === 'ready' ? this.#clock.now() : state.since;
    const open = isProving ? () => this.#readyTask(name, service, state.since) : () => this.#aliveTask(name, service, since);
    this.#set(subject, (isProving ? spec.ready : spec.alive) === null ? null : { text, phase, run, open });
  }

  /** To what an earlier daemon has started. */
  #listen(name: RunName, { spec }: Service): void {
    const wish = wishOf(spec);
    const { channels } = this.#options;
    // Its errors are told.
    if (wish && !channels.has(name)) void channels.adopt(name, wish, uidOf({ user: userOf(spec) }));
  }

  #readyTask(name: RunName, { spec }: Service, since: Millis): Task | null {
    const { ready } = spec;
    if (ready === null) return null;
    const { runtime, channels, ports, linesOfRun, clock } = this.#options;
    return readyTask({
      ...this.#common(name, this.#tries.ofService(name)),
      spec: ready,
      since,
      isTold: channels.isReady(name),
      watchLines: (pattern, told) => watchForLine({ clock, ports, linesOfRun, name, pattern }, told),
      onReady: () => runtime.post({ type: 'ready', ...name }),
      onNotReady: (text) => runtime.post({ type: 'not-ready', ...name, text }),
    });
  }

  #aliveTask(name: RunName, { spec }: Service, since: Millis): Task | null {
    const { alive } = spec;
    if (alive === null) return null;
    const { runtime, said, onAnswer } = this.#options;
    return aliveTask({
      ...this.#common(name, this.#tries.ofService(name)),
      spec: alive,
      since,
      isStopping: said.of(name).isStopping,
      onCounted: (answer) => onAnswer({ ...name, watchdog: null, answer }),
      onUnhealthy: (text) => runtime.post({ type: 'unhealthy', ...name, text }),
    });
  }

  #watchdogs({ name: app, root }: Application): void {
    const wanted = new Map((isLive(root) ? root.spec.watchdogs : []).map((spec) => [keyOf(watchdogSubject(app, spec.name)), spec]));
    for (const [key, { phase, subject }] of this.#tasks)
      if (phase === 'watchdog' && subject.app === app && !wanted.has(key)) this.#set(subject, null);
    for (const [key, spec] of wanted) {
      // A tree that is started anew has forgotten how it was.
      const text = JSON.stringify([spec, root.run]);
      if (this.#tasks.get(key)?.text === text) continue;
      const subject = watchdogSubject(app, spec.name);
      this.#set(subject, { text, phase: 'watchdog', run: 0, open: () => this.#watchdogTask(subject, spec, root) });
    }
  }

  #watchdogTask(subject: Subject, spec: WatchdogSpec, root: Supervisor): Task {
    const { runtime, onAnswer } = this.#options;
    const { app } = subject;
    const common = this.#common(subject, this.#tries.ofWatchdog(subject, spec));
    return watchdogTask({
      ...common,
      spec,
      status: root.watched[spec.name] ?? 'unknown',
      onAnswer: (answer) => {
        common.onAnswer(answer);
        onAnswer({ app, path: '', run: 0, watchdog: spec.name, answer });
      },
      onChanged: (isUp) => runtime.post({ type: 'watchdog-changed', app, name: spec.name, isUp }),
    });
  }

  #common(
    subject: Subject,
    tries: Tries,
  ): { readonly clock: Clock; readonly subject: Subject; readonly tries: Tries; readonly onAnswer: (answer: Answer) => void } {
    const { app, path } = subject;
    const onAnswer = (answer: Answer): void => {
      this.#latest.set(keyOf(subject), { ok: answer.ok, text: answer.ok ? '' : answer.text, at: this.#clock.now() });
    };
    return { clock: this.#clock, subject: { app, path }, tries, onAnswer };
  }

  #dropBelow(app: string, path: string): void {
    for (const { subject } of this.#tasks.values()) if (subject.app === app && isWithin(subject.path, path)) this.#set(subject, null);
    for (const key of this.#latest.keys())
      if (key.startsWith(`${app}:`) && isWithin(key.slice(app.length + 1), path)) this.#latest.delete(key);
  }

  #set(subject: Subject, next: (Omit<Current, 'task'> & { readonly open: () => Task | null }) | null): void {
    const key = keyOf(subject);
    const before = this.#tasks.get(key);
    if (!before && !next) return;
    before?.task.close();
    this.#tasks.delete(key);
    const task = next?.open();
    if (next && task) this.#tasks.set(key, { ...next, task, subject: { app: subject.app, path: subject.path } });
    else if (before) this.#options.commands.forget(subject);
  }
}

const keyOf = ({ app, path }: Subject): string => `${app}:${path}`;
