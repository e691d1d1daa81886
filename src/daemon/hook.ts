/**
 * The command that one application runs for its events, or its alarms. `hook-state.ts` decides; this carries it out: it has the keeper spawn and signal, and
 * tells what came of it.
 */
import { adviceOf, messageOf } from '../base/errors.js';
import { daemonEntry, type JournalEntry } from '../journal/entry.js';
import type { Held, RunNews } from '../keeper/protocol.js';
import { explainStartError } from '../ports/start-error.js';
import type { AppRecord, AppRegistry } from './app-registry.js';
import type { Clearing } from './clear-run.js';
import { HookMemory, type Letter, type Numbered } from './hook-memory.js';
import { type HookName, hookKey } from './hook-name.js';
import { clearRun, commandOf, failureOf, type HookPlace, type HookRun, hookRun, listenAgain, orderOf, prepareRun } from './hook-run.js';
import { entriesOf, type HookCommand, type HookEvent, type HookState, isOver, newHook, stepHook, wakeOf } from './hook-state.js';
import type { Outbox } from './outbox.js';

export interface HookOptions extends HookPlace {
  readonly apps: AppRegistry;
  readonly outbox: Outbox;
  /** Sees to what runs have left behind. */
  readonly clearing: Pick<Clearing, 'began' | 'ended'>;
  /** Writes an entry to the journal and publishes it. */
  readonly record: (entry: JournalEntry) => void;
  /** Goes to the daemon's log. */
  readonly warn: (message: string) => void;
}

/** A command for alarms is run so often for the same ones in all; one for events is not run again. */
const TRIES = 5;

/** What there was before this daemon. */
export interface Inherited {
  /** Of the application as it is; undefined: it is gone. */
  readonly record: AppRecord | undefined;
  readonly run: InheritedRun | undefined;
  /** What it has not been told for certain, oldest first. */
  readonly letters: readonly Numbered[];
}

/** A run that the keeper tells of; `held`: it was another keeper's. */
export interface InheritedRun {
  readonly news: RunNews;
  readonly held: Held | undefined;
}

type Exited = Extract<RunNews, { news: 'exited' }>;

/** Has a run of the command going, or events that wait for one, or neither; `halt` ends the waiting. */
export class Hook {
  readonly name: HookName;
  private readonly options: HookOptions;
  private readonly onChange: () => void;
  /** As its newest event found it; undefined: the application is gone since before this daemon. */
  private record: AppRecord | undefined;
  private state: HookState;
  /** Null: what it has not been told when the daemon is killed is in the history only. */
  private readonly memory: HookMemory | null;
  private current: HookRun | null = null;
  /** How its newest run ended. */
  private ended: Pick<JournalEntry, 'pid' | 'exit'> = { pid: null, exit: null };
  private isHalted = false;
  private cancelWake = (): void => undefined;

  constructor(name: HookName, options: HookOptions, onChange: () => void) {
    this.name = name;
    this.options = options;
    this.onChange = onChange;
    const isOfAlarms = name.path === '@on_alarm';
    this.state = newHook(isOfAlarms ? TRIES : 1);
    this.memory = isOfAlarms ? new HookMemory(name.app, options) : null;
  }

  /** Its application is down. */
  get isLeaving(): boolean {
    return this.state.leaveBy !== null;
  }

  /** Its application is down and nothing is left to be done. */
  get isOver(): boolean {
    return isOver(this.state);
  }

  /** What has not been told yet. */
  get waiting(): readonly JournalEntry[] {
    return entriesOf(this.state);
  }

  /** @param record - what is to be run for it from now on. */
  happened(entry: JournalEntry, record: AppRecord): void {
    this.record = record;
    if (this.isLeaving) this.apply({ type: 'back' });
    this.apply({ type: 'happened', entry });
  }

  leave(): void {
    if (!this.isLeaving) this.apply({ type: 'left' });
  }

  /** Nothing is begun any more, and nothing is told. */
  halt(): void {
    this.isHalted = true;
    this.cancelWake();
  }

  /** Goes on with what an earlier daemon, or one of an earlier keeper, was about. To be called before anything has happened. */
  takeOver({ record, run, letters }: Inherited): void {
    this.record = record;
    for (const letter of letters) this.memory?.found(letter);
    const { news } = run ?? {};
    const wanted = commandOf(record, this.name.path) ? letters.map(([, letter]) => letter) : [];
    const given = wanted.filter((letter) => letter.run !== null && letter.run === news?.run);
    if (run) this.adopt(run, given);
    for (const letter of wanted) if (!given.includes(letter)) this.apply({ type: 'happened', entry: letter.entry });
    this.memory?.keep(this.state);
  }

  /** Holds a run that an earlier daemon has started. */
  private adopt({ news, held }: InheritedRun, given: readonly Letter[]): void {
    this.current = hookRun(this.options, this.name, { run: news.run, record: this.record, held });
    try {
      listenAgain(this.options, this.current);
    } catch (error) {
      // ENOENT, EMFILE: what it says is not heard.
      this.options.warn(`${hookKey(this.name)}: ${messageOf(error)}`);
    }
    this.apply({ type: 'found', run: news.run, given: given.map(({ entry }) => entry) });
    if (news.news === 'spawned') this.began(this.current, news.pid, true);
    else this.onNews(news);
  }

  /** The keeper's news of one of its runs; that of another than the present one is old news. */
  onNews(news: RunNews): void {
    const one = this.current;
    if (one?.run !== news.run) return;
    if (news.news === 'spawned') this.began(one, news.pid, false);
    else if (news.news === 'exited') this.onExited(one, news);
    else {
      const { command: argv = [], cwd = '/' } = commandOf(this.record, this.name.path) ?? {};
      this.finish(one, explainStartError({ argv, cwd, env: one.env, ...news }), null);
    }
  }

  private apply(event: HookEvent): void {
    if (this.isHalted) return;
    const { clock } = this.options;
    const [state, commands] = stepHook(this.state, event, clock.now());
    this.state = state;
    this.memory?.keep(state);
    this.cancelWake();
    for (const command of commands) this.perform(command);
    const wake = wakeOf(this.state);
    if (wake !== null) this.cancelWake = clock.after(Math.ceil(wake - clock.now()), () => this.apply({ type: 'tick' }));
    this.onChange();
  }

  private perform(command: HookCommand): void {
    switch (command.do) {
      case 'start':
        // What goes wrong is the end of the run.
        void this.start(command.run, command.entries);
        return;
      case 'signal':
        return this.options.outbox.order({ do: 'signal', key: hookKey(this.name), run: command.run, signal: command.signal });
      case 'tell':
        return this.tell(command.failure);
      default:
        return command satisfies never;
    }
  }

  private async start(run: number, entries: readonly JournalEntry[]): Promise<void> {
    const record = this.recordNow();
    if (!record) throw new Error(`bug: ${hookKey(this.name)} has events but no command`);
    const one = hookRun(this.options, this.name, { run, record });
    this.current = one;
    try {
      await prepareRun(this.options, one, entries);
      // Made to end before it began.
      if (this.state.phase.is !== 'running') return this.finish(one, null, null);
      this.options.outbox.order(orderOf(record, this.name.path, one));
    } catch (error) {
      return this.finish(one, `it could not be started: ${adviceOf(error)}`, null);
    }
  }

  /** As it is configured now, if it still is. */
  private recordNow(): AppRecord | undefined {
    const { app, path } = this.name;
    const now = this.options.apps.get(app);
    return commandOf(now, path) ? now : this.record;
  }

  private began(one: HookRun, pid: number, isAdopted: boolean): void {
    one.pid = pid;
    this.options.clearing.began({ ...this.name, run: one.run }, pid, isAdopted);
  }

  private onExited(one: HookRun, { run, pid, code, signal, groupLeft, adopted }: Exited): void {
    one.pid = pid;
    // Of what was no run of a service nobody looks further.
    const exit = { code, signal, coreDumped: false, outOfMemory: false };
    const ended = { pid, groupLeft, isAdopted: adopted !== undefined, env: one.env };
    const cleared = this.options.clearing.ended({ ...this.name, run }, ended);
    const finish = (): void => this.finish(one, failureOf(exit, one.lastLine?.read() ?? ''), exit);
    if (!cleared) return finish();
    void cleared.then(finish); // Never rejects.
  }

  private finish(one: HookRun, failure: string | null, exit: JournalEntry['exit']): void {
    this.current = null;
    this.ended = { pid: one.pid, exit };
    try {
      clearRun(one);
    } catch (error) {
      this.options.warn(`${hookKey(this.name)}: ${messageOf(error)}`);
    }
    this.options.outbox.order({ do: 'forget', key: hookKey(this.name) });
    this.apply({ type: 'ended', failure });
  }

  private tell(failure: string): void {
    const { record, clock } = this.options;
    const at = clock.wallTime(clock.now()).toISOString();
    const { app, path } = this.name;
    const cause = path === '@on_event' ? failure : `on_alarm: ${failure}`;
    record({ ...daemonEntry(at, 'hook_failed', cause), app, ...this.ended });
  }
}
