/** Daemon and keeper of a chaos world: their deaths, and what there is in between. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveApp } from '../helpers/live-app.js';
import { halt, isAlive, sendSignal } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { type Processes, processesOf } from './facts.js';
import { inSilence } from './hush.js';
import { untilNothing } from './until-nothing.js';

/** Daemons that may die within this time before the keeper gives up; and some time more, as ours is not the keeper's clock. */
const DEATHS_PERIOD_MS = 65_000;
const MOST_DEATHS = 5;
const LIMIT_MS = 15_000;

export class Machinery {
  /** Processes that ended when nobody had their pipes any more: what they said last is gone with the pipes. */
  readonly excused = new Set<number>();
  readonly #app: LiveApp;
  readonly #note: (text: string) => void;
  #deaths: readonly number[] = [];

  constructor(app: LiveApp, note: (text: string) => void) {
    this.#app = app;
    this.#note = note;
  }

  /** May the keeper have given up on daemons? */
  get mayGiveUp(): boolean {
    return this.#recentDeaths().length > MOST_DEATHS;
  }

  /** There is another keeper from now on: none of its daemons has died. */
  renewed(): void {
    this.#deaths = [];
  }

  /** Has the keeper try again if it has given up on daemons, which it may only after too many of them have died. `isDown`: one that has ended is right. */
  async heal(isDown = false): Promise<void> {
    const { keeper } = this.#processes();
    if (!existsSync(this.#failure) || (isDown && keeper === undefined)) return;
    this.#note(`the keeper has given up: ${readFileSync(this.#failure, 'utf8').trim()}`);
    if (!this.mayGiveUp) throw new Error(`the keeper has given up after ${this.#recentDeaths().length} deaths`);
    // It had nothing left to keep, so it has ended, too.
    if (keeper === undefined) await this.#app.do('daemon', 'start');
    else sendSignal(keeper, 'SIGHUP');
    this.renewed();
    await until('the keeper tries again', () => !existsSync(this.#failure));
  }

  /** Waits until a daemon answers. */
  async untilAnswered(): Promise<void> {
    const answers = async (): Promise<boolean> => {
      await this.heal();
      return (await this.#app.run('daemon', 'status')).code === 0;
    };
    await until('a daemon answers', answers, LIMIT_MS);
  }

  /** Waits until nothing runs any more that was started from this home. */
  async untilNothingIsLeft(): Promise<void> {
    await untilNothing(() => this.#processes().all.map(({ pid, command }) => `left after down: ${pid} ${command}`)[0] ?? null);
  }

  /** Kills the daemon so many times in a row; `meanwhile` is done before the first, while it is halted. */
  async killDaemon(times: number, meanwhile?: () => void): Promise<void> {
    await inSilence(this.#app, this.excused, async () => {
      const { daemon } = this.#processes();
      if (meanwhile && daemon !== undefined) await halt(daemon);
      meanwhile?.();
      for (let time = 0; time < times; time += 1) await this.#killOneDaemon();
    });
  }

  async killKeeper(): Promise<void> {
    await inSilence(this.#app, this.excused, async () => {
      const { keeper } = this.#pair();
      sendSignal(keeper, 'SIGKILL');
      await until('the keeper is gone', () => !isAlive(keeper));
    });
    this.renewed();
  }

  /** Kills the keeper, and the daemon so many milliseconds later, when that may have done something about it; null: at the same moment. Gives the main processes that run on. */
  async killBoth(pauseMs: number | null): Promise<readonly number[]> {
    let left: readonly number[] = [];
    await inSilence(this.#app, this.excused, async () => {
      const { keeper, daemon } = this.#pair();
      if (pauseMs === null) await halt(daemon, keeper);
      sendSignal(keeper, 'SIGKILL');
      await delay(pauseMs ?? 0);
      sendSignal(daemon, 'SIGKILL');
      await until('both are gone', () => !isAlive(keeper) && !isAlive(daemon));
      left = this.mains();
    });
    this.renewed();
    return left;
  }

  /** Does nobody look after services that run? */
  isUnsupervised(): boolean {
    const { keeper, daemon } = this.#processes();
    return keeper === undefined && daemon === undefined && this.mains().length > 0;
  }

  /** Main processes of all services. */
  mains(): readonly number[] {
    return this.#processes().marked.flatMap(({ pid, main }) => (main === null ? [] : [pid]));
  }

  get #failure(): string {
    return this.#app.home.path('run', 'no-daemon');
  }

  #processes(): Processes {
    return processesOf(this.#app);
  }

  #pair(): { readonly keeper: number; readonly daemon: number } {
    const { keeper, daemon } = this.#processes();
    if (keeper === undefined || daemon === undefined) throw new Error('there is no keeper or no daemon');
    return { keeper, daemon };
  }

  /** Kills the daemon there is or the next one there will be, if there will be one; waits until it is gone. */
  async #killOneDaemon(): Promise<void> {
    const victim = await until('there is a daemon', () => {
      const { daemon, keeper } = this.#processes();
      return daemon ?? (keeper === undefined || existsSync(this.#failure) ? -1 : undefined);
    });
    if (victim === -1) return;
    sendSignal(victim, 'SIGKILL');
    this.#deaths = [...this.#deaths, performance.now()];
    await until('the daemon is gone', () => !isAlive(victim));
  }

  #recentDeaths(): readonly number[] {
    return this.#deaths.filter((at) => performance.now() - at <= DEATHS_PERIOD_MS);
  }
}
