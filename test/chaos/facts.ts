/** What is so, whatever portsup says: from /proc and from what the programs have written down themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveApp } from '../helpers/live-app.js';
import type { ProcessRow } from '../helpers/process-rows.js';
import { processesWith } from '../helpers/processes.js';
import { chaosProgram } from './plan.js';

/** A process of a run, known by the marker in its environment. */
export interface Marked {
  readonly pid: number;
  readonly path: string;
  readonly run: number;
  readonly command: string;
  /** The service's name if it is the main process of its run. */
  readonly main: string | null;
}

/** Everything that was started from a home. */
export interface Processes {
  readonly keeper: number | undefined;
  readonly daemon: number | undefined;
  readonly marked: readonly Marked[];
  readonly all: readonly ProcessRow[];
}

/** One start, as the program noted it. */
export interface Start {
  readonly name: string;
  readonly run: number;
  readonly pid: number;
}

/** How much a run has said, of what it calls itself ("run 2 of 4711-123.45"); it may have said one line more. */
export interface Said {
  /** Of the service. */
  readonly name: string;
  readonly out: number;
  readonly err: number;
}

/** Looks at all processes of an application's home. */
export function processesOf(app: LiveApp): Processes {
  const all = processesWith(app.home.home);
  const keeper = all.find(({ command }) => command.startsWith('portsup-keeper'))?.pid;
  // It is its keeper's only child that is no service; before it has given itself its name, too.
  const isDaemon = ({ command }: ProcessRow): boolean => command.startsWith('portsupd') || command.includes('daemon.cjs');
  return { keeper, daemon: all.find(isDaemon)?.pid, marked: all.flatMap((row) => markedOf(row) ?? []), all };
}

function markedOf({ pid, pgid, command, environ }: ProcessRow): Marked | undefined {
  const value = (name: string): string | undefined => environ.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  const path = value('PORTSUP_SERVICE');
  if (path === undefined) return undefined;
  const isMain = pid === pgid && command.includes(chaosProgram);
  return { pid, path, run: Number(value('PORTSUP_RUN')), command, main: isMain ? (command.split(' ').at(-2) ?? null) : null };
}

/** PID of a service's main process; undefined if it does not run. */
export const mainPid = (app: LiveApp, name: string): number | undefined =>
  processesOf(app).marked.find((process) => process.main === name)?.pid;

/** The whole lines of a file of the application's folder. */
export const linesOf = (app: LiveApp, file: string): readonly string[] => app.read(file).split('\n').slice(0, -1);

/** Every start so far. */
export const startsOf = (app: LiveApp): readonly Start[] =>
  linesOf(app, 'starts').map((line) => {
    const [name = '', run, pid] = line.split(' ');
    return { name, run: Number(run), pid: Number(pid) };
  });

/** What each run has said so far, by what it calls itself; nothing of processes of `without`. */
export function truthOf(app: LiveApp, without: ReadonlySet<number> = new Set()): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  for (const file of readdirSync(app.folder).filter((name) => name.startsWith('truth.'))) {
    for (const line of linesOf(app, file)) {
      const words = line.split(' ');
      if (without.has(Number.parseInt(words[3] ?? '', 10))) continue;
      said.set(words.slice(0, -2).join(' '), { name: file.slice('truth.'.length), out: Number(words.at(-2)), err: Number(words.at(-1)) });
    }
  }
  return said;
}

/** All log files of the home, as they are on disk. */
export function logFiles(app: LiveApp): string {
  const folder = app.home.path('logs');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');
}
