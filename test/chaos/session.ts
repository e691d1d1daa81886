/** A chaos world at work: does the actions through the built command line, as a person would, and looks at what came of them. */
import { writeFileSync } from 'node:fs';
import type { HistoryEntry, LogLine, PsRow } from '../../src/control/contract.js';
import type { CliResult } from '../helpers/cli.js';
import { LiveApp } from '../helpers/live-app.js';
import { isAlive, sendSignal } from '../helpers/processes.js';
import { until } from '../helpers/until.js';
import { type Action, describeAction } from './action.js';
import { Expectation } from './expectation.js';
import { mainPid, truthOf } from './facts.js';
import { Machinery } from './machinery.js';
import { configOf, type GroupPlan, servicesOf } from './plan.js';

const LIMIT_MS = 15_000;

const UP: Action = { do: 'up', recreate: false, wait: true };

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
  readonly machinery = new Machinery(this.app, (text) => {
    this.note(text);
  });
  readonly #begun = performance.now();
  #pending: Pending[] = [];
  /** Have been asked to end, and will. */
  #dying: number[] = [];
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
    await this.machinery.heal();
    if (!this.#needsUp) return;
    this.#needsUp = false;
    this.note('up again');
    this.expected.foresee(UP, performance.now());
    this.#judge(UP, await this.app.run('up'));
  }

  /** Everything down, and nothing left. */
  async close(): Promise<void> {
    await this.#succeed('down');
    await this.machinery.untilNothingIsLeft();
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
    const isExplained =
      (code === 1 && (isPartial || !this.expected.isCalm || this.expected.mayFail)) || (code === 7 && this.machinery.mayGiveUp);
    if (!isExplained) throw new Error(`"${describeAction(action)}" ended with ${code}:\n${stdout}${stderr}`);
    this.expected.doubt(action);
    if (action.do === 'up' || action.do === 'configure') this.#needsUp = true;
  }

  #kill(name: string, signal: NodeJS.Signals): void {
    const pid = mainPid(this.app, name);
    if (pid === undefined) return;
    sendSignal(pid, signal);
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
    await this.machinery.untilAnswered();
    const ended = this.app.run('down');
    if (daemonDies) await this.machinery.killDaemon(1);
    const { code, stdout, stderr } = await ended;
    if (code !== 0 && !this.machinery.mayGiveUp) throw new Error(`down ended with ${code}:\n${stdout}${stderr}`);
    await this.machinery.heal(true);
    if (code !== 0) await this.#succeed('down');
    await this.machinery.untilNothingIsLeft();
    this.startsBefore = this.app.read('starts').split('\n').length - 1;
    this.machinery.renewed();
    await this.#succeed('up');
  }

  async #killDaemon(times: number, meanwhile: readonly string[]): Promise<void> {
    await this.machinery.untilAnswered();
    const kill = (): void => {
      for (const name of meanwhile) this.#kill(name, 'SIGKILL');
    };
    await this.machinery.killDaemon(times, meanwhile.length > 0 ? kill : undefined);
  }

  async #killKeeper(): Promise<void> {
    await this.machinery.untilAnswered();
    await this.machinery.killKeeper();
  }

  /** Nobody supervises, which whoever asks is told, until somebody takes care of what runs on. */
  async #killBoth({ pauseMs, meanwhile, rescue }: Extract<Action, { do: 'kill-both' }>): Promise<void> {
    await this.settle();
    await this.machinery.untilAnswered();
    const before = await this.machinery.killBoth(pauseMs);
    for (const name of meanwhile) this.#kill(name, 'SIGKILL');
    if (pauseMs === null && this.machinery.isUnsupervised()) {
      const { code, stdout, stderr } = await this.app.run('ps');
      if (code === 0 || !stderr.includes('supervises')) throw new Error(`ps ended with ${code}:\n${stdout}${stderr}`);
    }
    // It meets services that have ended, which it may or may not be too early for.
    if (rescue === 'up') await this.#command(UP, ['up'], true);
    else await this.#succeed('daemon', 'start');
    const after = this.machinery.mains();
    for (const pid of before) if (!after.includes(pid)) this.machinery.excused.add(pid);
  }
}
