import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PsRow, ServiceRow } from '../../src/control/contract.js';
import { type CliResult, portsup, portsupStart, type RunningCli } from './cli.js';
import { type TestHome, temporaryHome } from './home.js';
import { processesWith } from './processes.js';

/** A folder with a configuration in a home of its own, and the command line in it. */
export interface Project {
  readonly home: TestHome;
  /** Absolute; below the home. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs `portsup ...words` in the folder to its end. */
  readonly run: (...words: readonly string[]) => Promise<CliResult>;
  /** The same; throws with all it said unless it exits 0. */
  readonly ok: (...words: readonly string[]) => Promise<CliResult>;
  /** Starts `portsup ...words` in the folder and leaves it running. */
  readonly start: (...words: readonly string[]) => RunningCli;
  /** Writes files below the folder; those whose text begins with "#!" can be executed. */
  readonly write: (files: Readonly<Record<string, string>>) => void;
  /** What `ps --json` of this project says. */
  readonly rows: (...names: readonly string[]) => Promise<readonly PsRow[]>;
  /** The row of one service. */
  readonly service: (path: string) => Promise<ServiceRow>;
  /** PIDs of all services by path. */
  readonly pids: () => Promise<Readonly<Record<string, number | null>>>;
  /** What is running that was started from the project's home, by the name of its program; empty: nothing is left. */
  readonly running: () => readonly string[];
  /** Another project in the same home, so of the same daemon. */
  readonly beside: (name: string, config: string) => Project;
  readonly dispose: () => Promise<void>;
}

/** What a project may have besides its configuration. */
export interface ProjectOptions {
  readonly home?: TestHome;
  /** Name of its folder; default "project". */
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a project with this `portsup.yaml`. The caller disposes of it. */
export function projectWith(config: string, options: ProjectOptions = {}): Project {
  const home = options.home ?? temporaryHome();
  const folder = home.path(options.name ?? 'project');
  const env = { ...home.env, ...options.env };
  const write: Project['write'] = (files) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    }
  };
  const run: Project['run'] = (...words) => portsup(env, folder, ...words);
  const rows: Project['rows'] = async (...names) => JSON.parse((await run('ps', '--json', ...names)).stdout) as readonly PsRow[];
  const services = async (): Promise<readonly ServiceRow[]> => (await rows()).filter((row) => row.kind === 'service');
  write({ 'portsup.yaml': config });
  return {
    home,
    folder,
    env,
    run,
    ok: async (...words) => succeeded(words, await run(...words)),
    start: (...words) => portsupStart(env, folder, ...words),
    write,
    rows,
    service: async (path) => found(path, await services()),
    pids: async () => Object.fromEntries((await services()).map((row) => [row.path, row.pid])),
    running: () => processesWith(home.home).map(({ command, name }) => basename(command.split(' ')[0] ?? '') || name),
    beside: (name, other) => projectWith(other, { ...options, home, name }),
    dispose: home.dispose,
  };
}

/** A configuration whose services do nothing but run. */
export const sleepers = (...names: readonly string[]): string =>
  `services:\n${names.map((name) => `  ${name}: { command: sleep 1000 }\n`).join('')}`;

function succeeded(words: readonly string[], result: CliResult): CliResult {
  if (result.code === 0) return result;
  throw new Error(`portsup ${words.join(' ')} ended with ${result.code ?? result.signal}:\n${result.stdout}${result.stderr}`);
}

function found(path: string, rows: readonly ServiceRow[]): ServiceRow {
  const row = rows.find((one) => one.path === path);
  if (row === undefined) throw new Error(`no service ${path} among ${rows.map((one) => one.path).join(', ')}`);
  return row;
}
