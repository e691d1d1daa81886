import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonStatus, HistoryEntry, LogLine, PsRow, ServiceRow, SupervisorRow } from '../../src/control/contract.js';
import { type CliResult, portsup, portsupStart, type RunningCli } from './cli.js';
import { type TestHome, temporaryHome } from './home.js';
import { until } from './until.js';

/** A configuration as it stands in portsup.json. */
export type Config = Readonly<Record<string, unknown>>;

/** Where an application is and in what environment its commands run; the defaults are a new home and `home/project`. */
export interface LiveAppOptions {
  readonly home?: TestHome;
  /** Absolute path of the folder with the configuration; made. */
  readonly folder?: string;
  /** On top of the home's environment, for every command. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Absolute path of a fixture program. */
export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** The command of a service that is one line of shell; what follows are its `$1`, `$2` ... */
export const sh = (line: string, ...args: readonly string[]): readonly string[] => ['/bin/sh', '-c', line, 'sh', ...args];

/** A service that says "ready", then does nothing for as long as it is let. */
export const idle = sh('echo ready; exec sleep 1000');

/** An application in a folder of its own, driven through the built command line by its users' commands alone. */
export class LiveApp {
  readonly home: TestHome;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(options: LiveAppOptions = {}) {
    this.home = options.home ?? temporaryHome();
    this.folder = options.folder ?? this.home.path('project');
    this.env = { ...this.home.env, ...options.env };
    mkdirSync(this.folder, { recursive: true });
  }

  /** An absolute path in the application's folder. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Text of a file in the application's folder; empty while it is not there. */
  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : '';
  }

  /** Writes portsup.json. */
  configure(config: Config): void {
    writeFileSync(this.path('portsup.json'), JSON.stringify(config, null, 2));
  }

  /** Runs a command to its end, however it ends. */
  run(...args: readonly string[]): Promise<CliResult> {
    return portsup(this.env, this.folder, ...args);
  }

  /** Starts a command and leaves it running. */
  start(...args: readonly string[]): RunningCli {
    return portsupStart(this.env, this.folder, ...args);
  }

  /** Runs a command that has to succeed. */
  async do(...args: readonly string[]): Promise<CliResult> {
    const result = await this.run(...args);
    if (result.code !== 0) throw new Error(`portsup ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** Writes the configuration and brings it up; fails when it does not come up. */
  async up(config: Config): Promise<void> {
    this.configure(config);
    await this.do('up');
  }

  async rows(): Promise<readonly PsRow[]> {
    return JSON.parse((await this.do('ps', '--json')).stdout) as readonly PsRow[];
  }

  async service(path: string): Promise<ServiceRow> {
    const row = (await this.rows()).find((other) => other.path === path);
    if (row?.kind !== 'service') throw new Error(`there is no service "${path}"`);
    return row;
  }

  async supervisor(path: string): Promise<SupervisorRow> {
    const row = (await this.rows()).find((other) => other.path === path);
    if (row?.kind !== 'supervisor') throw new Error(`there is no supervisor "${path}"`);
    return row;
  }

  /** Waits until a service is as described; gives it back. */
  untilService(path: string, what: string, isSo: (row: ServiceRow) => boolean): Promise<ServiceRow> {
    let last: ServiceRow | undefined;
    const look = async (): Promise<ServiceRow | false> => {
      last = await this.service(path);
      return isSo(last) && last;
    };
    return until(`${path} ${what}`, look).catch((error: unknown) => {
      throw new Error(`${path} is ${JSON.stringify(last)}`, { cause: error });
    });
  }

  /** Waits until this run of a service is running. */
  untilRun(path: string, run: number): Promise<ServiceRow> {
    return this.untilService(path, `in run ${run}`, (row) => row.run === run && row.state === 'running');
  }

  /** PID of a running service. */
  async pid(path: string): Promise<number> {
    const { pid } = await this.service(path);
    if (pid === null) throw new Error(`${path} does not run`);
    return pid;
  }

  async history(...args: readonly string[]): Promise<readonly HistoryEntry[]> {
    return JSON.parse((await this.do('history', '--json', '-n', 'all', ...args)).stdout) as readonly HistoryEntry[];
  }

  /** Every line of output, as `logs` gives it. */
  async logs(...args: readonly string[]): Promise<readonly LogLine[]> {
    const { stdout } = await this.do('logs', '--json', '-n', 'all', ...args);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits until a service has said a line that fits, in any of its runs; gives it back. */
  untilSays(path: string, pattern: RegExp): Promise<LogLine> {
    return until(`${path} says ${String(pattern)}`, async () => (await this.logs(path)).find(({ text }) => pattern.test(text)));
  }

  async daemon(): Promise<DaemonStatus> {
    return JSON.parse((await this.do('daemon', 'status', '--json')).stdout) as DaemonStatus;
  }

  /** Ends everything that was started with this home. */
  async dispose(): Promise<void> {
    await this.home.dispose();
  }
}
