/** A chaos world at work: does the actions through the built command line, as a person would, and looks at what came of them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { HistoryEntry, LogLine, PsRow } from '../../src/control/contract.js';
import type { CliResult } from '../helpers/cli.js';
import { LiveApp } from '../helpers/live-app.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { type Action, describeAction } from './action.js';
import { Expectation } from './expectation.js';
import { mainPid, processesOf, truthOf } from './facts.js';
import { inSilence } from './hush.js';
import { configOf, type GroupPlan, servicesOf } from './plan.js';
import { untilNothing } from './until-nothing.js';

/** Daemons that may die within this time before the keeper gives up; and some time more, as ours is not the keeper's clock. */
const DEATHS_PERIOD_MS = 65_000;
const MOST_DEATHS = 5;
const LIMIT_MS = 15_000;

/** A command that is under way, and for what. */
interface Pending {
  readonly action: Action;
  readonly ended: Promise<CliResult>;
}

export class Session {
  readonly app = new LiveApp();
  readonly expected: Expectation;
  /** What was done and what came of it, each with the milliseconds since the beginning. */
  readonly log: string[] = [];
  /** So many starts had been noted when everything was down the last time. */
  startsBefore = 0;
  /** Processes that ended when nobody had their pipes any more: what they said last is gone with the pipes. */
  readonly excused = new Set<number>();
  readonly #begun = performance.now();
  #pending: Pending[] = [];
  /** Have been asked to end, and will. */
  #dying: number[] = [];
  #deaths: readonly number[] = [];
  /** An `up` may not have been done. */
  #needsUp = false;

  constructor(plan: GroupPlan) {
    this.expected = new Expectation(plan);
  }

  note(text: string): void {
    this.log.push(`${Math.round(performance.now() - this.#begun)} ${text}`);
  }

  /** Writes the configuration and brings everything up. */
  async open(): Promise<void> {
    this.#configure();
    await this.#succeed('up');
  }

  /** Does one thing. Commands that nobody is to wait for go on meanwhile. */
  async perform(action: Action): Promise<void> {
    this.note(describeAction(action));
    // A configuration is read by whoever is on the way, and `down` is to be the last word.
    if (action.do === 'configure' || action.do === 'down') await this.settle();
    this.expected.foresee(action, performance.now());
    switch (action.do) {
      case 'kill':
        return this.#kill(action.name, action.signal);
      case 'exit':
        return this.#exit(action.name, action.code);
      case 'stop':
      case 'start':
      case 'restart':
        return this.#command(action, [action.do, action.name], action.wait);
      case 'crash':
        return this.#command(action, ['kill', action.name], action.wait);
      case 'send':
        return this.#send(action.name);
      case 'configure':
        this.#configure();
        return this.#command(action, ['up'], action.wait);
      case 'up':
        return this.#command(action, ['up', ...(action.recreate ? ['--force-recreate'] : [])], action.wait);
      case 'down':
        return this.#down(action.daemonDies);
      case 'kill-daemon':
        return this.#killDaemon(action.times, action.meanwhile);
      case 'replace-daemon':
        return this.#command(action, ['daemon', action.how], true);
      case 'kill-keeper':
        return this.#killKeeper();
      case 'kill-both':
        return this.#killBoth(action);
      default:
        action satisfies never;
    }
  }

  /** Waits for all commands and for who was asked to end, sees to it that there is a daemon, and brings up again what a lost `up` may not have. */
  async settle(): Promise<void> {
    for (const { action, ended } of this.#pending.splice(0)) this.#judge(action, await ended);
    for (const pid of this.#dying.splice(0)) await until(`${pid} has ended`, () => !isAlive(pid), LIMIT_MS);
    await this.heal();
    if (!this.#needsUp) return;
    this.#needsUp = false;
    this.note('up again');
    this.expected.foresee({ do: 'up', recreate: false, wait: true }, performance.now());
    this.#judge({ do: 'up', recreate: false, wait: true }, await this.app.run('up'));
  }

  /** Has the keeper try again if it has given up on daemons, which it may only after too many of them have died. */
  async heal(): Promise<void> {
    const { keeper } = processesOf(this.app);
    const failure = this.app.home.path('run', 'no-daemon');
    if (keeper === undefined || !existsSync(failure)) return;
    this.note(`the keeper has given up: ${readFileSync(failure, 'utf8').trim()}`);
    if (!this.#mayGiveUp()) throw new Error(`the keeper has given up after ${this.#recentDeaths().length} deaths`);
    process.kill(keeper, 'SIGHUP');
    this.#deaths = [];
    await until('the keeper tries again', () => !existsSync(failure));
  }

  /** Everything down, and nothing left. */
  async close(): Promise<void> {
    await this.#succeed('down');
    await this.#untilNothingIsLeft();
  }

  async rows(): Promise<readonly PsRow[] | undefined> {
    const { code, stdout } = await this.app.run('ps', '--json');
    return code === 0 ? (JSON.parse(stdout) as readonly PsRow[]) : undefined;
  }

  history(): Promise<readonly HistoryEntry[]> {
    return this.app.history();
  }

  logs(): Promise<readonly LogLine[]> {
    return this.app.logs();
  }

  #configure(): void {
    this.app.configure({ name: 'chaos', ...configOf(this.expected.plan, this.app.folder) });
  }

  async #succeed(...words: readonly string[]): Promise<void> {
    await this.app.do(...words);
  }

  async #command(action: Action, words: readonly string[], wait: boolean): Promise<void> {
    const ended = this.app.run(...words);
    if (wait) this.#judge(action, await ended);
    else this.#pending.push({ action, ended });
  }

  /** A command may only fail when something else was under way that can be the reason. */
  #judge(action: Action, { code, stdout, stderr }: CliResult): void {
    if (code === 0) return;
    this.note(`"${describeAction(action)}" ended with ${code}: ${stderr.trim().split('\n').join(' | ')}`);
    // A group of which something has ended for good cannot be started as a whole; what does not run cannot be crashed.
    const isPartial = action.do === 'crash' || (action.do === 'start' && !this.expected.isWhole(action.name));
    const isExplained = (code === 1 && (isPartial || !this.expected.isCalm)) || (code === 7 && this.#mayGiveUp());
    if (!isExplained) throw new Error(`"${describeAction(action)}" ended with ${code}:\n${stdout}${stderr}`);
    this.expected.doubt(action);
    if (action.do === 'up' || action.do === 'configure') this.#needsUp = true;
  }

  #signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // ESRCH: it has ended by itself since it was found.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  #kill(name: string, signal: NodeJS.Signals): void {
    const pid = mainPid(this.app, name);
    if (pid === undefined) return;
    this.#signal(pid, signal);
    if (signal !== 'SIGTERM' || !['deaf', 'reader'].includes(this.#kindOf(name))) this.#dying.push(pid);
  }

  #exit(name: string, code: number): void {
    const pid = mainPid(this.app, name);
    if (pid === undefined) return;
    writeFileSync(this.app.path(`end.${pid}`), `${code}\n`);
    if (this.#kindOf(name) !== 'reader') this.#dying.push(pid);
  }

  #kindOf(name: string): string {
    return servicesOf(this.expected.plan).find((service) => service.name === name)?.kind ?? '';
  }

  /** One that reads answers with a line; until then it is not to be made silent. */
  async #send(name: string): Promise<void> {
    const pid = mainPid(this.app, name);
    const said = (): number => [...truthOf(this.app)].find(([run]) => run.includes(` of ${pid}-`))?.[1].out ?? 0;
    const before = said();
    const { code } = await this.app.run('send', name, 'a line');
    if (code !== 0 || this.#kindOf(name) !== 'reader' || pid === undefined) return;
    await until(`${name} says something`, () => said() > before || !isAlive(pid), LIMIT_MS);
  }

  async #down(daemonDies: boolean): Promise<void> {
    await this.#untilAnswered();
    const ended = this.app.run('down');
    if (daemonDies) await inSilence(this.app, this.excused, async () => this.#killOneDaemon());
    const { code, stdout, stderr } = await ended;
    if (code !== 0 && !this.#mayGiveUp()) throw new Error(`down ended with ${code}:\n${stdout}${stderr}`);
    await this.heal();
    if (code !== 0) await this.#succeed('down');
    await this.#untilNothingIsLeft();
    this.startsBefore = this.app.read('starts').split('\n').length - 1;
    this.#deaths = [];
    await this.#succeed('up');
  }

  async #untilNothingIsLeft(): Promise<void> {
    await untilNothing(() => processesOf(this.app).all.map(({ pid, command }) => `left after down: ${pid} ${command}`)[0] ?? null);
  }

  /** Waits until a daemon answers. */
  async #untilAnswered(): Promise<void> {
    const answers = async (): Promise<boolean> => {
      await this.heal();
      return (await this.app.run('daemon', 'status')).code === 0;
    };
    await until('a daemon answers', answers, LIMIT_MS);
  }

  async #killDaemon(times: number, meanwhile: readonly string[]): Promise<void> {
    await this.#untilAnswered();
    await inSilence(this.app, this.excused, async () => {
      if (meanwhile.length > 0) {
        const { daemon } = processesOf(this.app);
        if (daemon !== undefined) this.#signal(daemon, 'SIGSTOP');
        for (const name of meanwhile) this.#kill(name, 'SIGKILL');
      }
      for (let time = 0; time < times; time += 1) await this.#killOneDaemon();
    });
  }

  /** Kills the daemon there is or the next one there will be, if there will be one; waits until it is gone. */
  async #killOneDaemon(): Promise<void> {
    const failure = this.app.home.path('run', 'no-daemon');
    const victim = await until('there is a daemon', () => {
      const { daemon, keeper } = processesOf(this.app);
      return daemon ?? (keeper === undefined || existsSync(failure) ? -1 : undefined);
    });
    if (victim === -1) return;
    this.#signal(victim, 'SIGKILL');
    this.#deaths = [...this.#deaths, performance.now()];
    await until('the daemon is gone', () => !isAlive(victim));
  }

  async #killKeeper(): Promise<void> {
    await this.#untilAnswered();
    await inSilence(this.app, this.excused, async () => {
      const { keeper } = processesOf(this.app);
      if (keeper === undefined) throw new Error('there is no keeper');
      this.#signal(keeper, 'SIGKILL');
      await until('the keeper is gone', () => !isAlive(keeper));
    });
    this.#deaths = [];
  }

  /** Nobody supervises, which whoever asks is told, until somebody takes care of what runs on. */
  async #killBoth({ meanwhile, rescue }: Extract<Action, { do: 'kill-both' }>): Promise<void> {
    await this.settle();
    await this.#untilAnswered();
    const before = this.#mains();
    await inSilence(this.app, this.excused, async () => {
      const { keeper, daemon } = processesOf(this.app);
      if (keeper === undefined || daemon === undefined) throw new Error('there is no keeper or no daemon');
      // Halted first: the one that is killed second is to do nothing about it.
      for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of [daemon, keeper]) this.#signal(pid, signal);
      await until('both are gone', () => !isAlive(keeper) && !isAlive(daemon));
    });
    this.#deaths = [];
    for (const name of meanwhile) this.#kill(name, 'SIGKILL');
    const { code, stdout, stderr } = await this.app.run('ps');
    if (this.#mains().length > 0 && (code === 0 || !stderr.includes('nobody supervises')))
      throw new Error(`ps ended with ${code}:\n${stdout}${stderr}`);
    await this.#succeed(...rescue.split(' '));
    const after = this.#mains();
    for (const pid of before) if (!after.includes(pid)) this.excused.add(pid);
  }

  #mains(): readonly number[] {
    return processesOf(this.app).marked.flatMap(({ pid, main }) => (main === null ? [] : [pid]));
  }

  #recentDeaths(): readonly number[] {
    return this.#deaths.filter((at) => performance.now() - at <= DEATHS_PERIOD_MS);
  }

  #mayGiveUp(): boolean {
    return this.#recentDeaths().length > MOST_DEATHS;
  }
}
