import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { portsupBin } from './cli.js';
import { processesWith } from './processes.js';
import type { Project } from './project.js';
import { until } from './until.js';

/** Is there the `script` of util-linux, which gives a program a terminal? That of macOS and BusyBox is another one. */
export const hasTerminals = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** A command line on a terminal of its own. */
export interface TerminalCli {
  /** Everything that has come to the screen so far, with escape sequences and "\r\n". */
  readonly screen: () => string;
  /** Types keys. */
  readonly type: (keys: string) => void;
  /** Changes the number of columns (and of rows), as a person who drags the window does. */
  readonly resize: (columns: number, rows?: number) => Promise<void>;
  /** Its exit code when it has ended. */
  readonly ended: Promise<number | null>;
}

/** How wide and high the terminal is, and what is in the environment besides the project's. */
export interface TerminalOptions {
  readonly columns: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `portsup ...words` of a project on a terminal. It ends with the project's home. */
export function onTerminal(project: Project, { columns, rows = 24, env = {} }: TerminalOptions, ...words: readonly string[]): TerminalCli {
  const line = `stty cols ${columns} rows ${rows}; exec ${[process.execPath, portsupBin, ...words].map(quoted).join(' ')}`;
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: project.folder,
    env: { ...project.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return {
    screen: () => said,
    type: (keys) => void child.stdin.write(keys),
    resize: async (wanted, wantedRows) => {
      const pid = await until('the command runs', () => commandOf(project));
      spawnSync('stty', [
        '-F',
        readlinkSync(`/proc/${pid}/fd/1`),
        'cols',
        String(wanted),
        ...(wantedRows === undefined ? [] : ['rows', String(wantedRows)]),
      ]);
    },
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Runs `portsup ...words` on a terminal to its end, and gives what came to the screen. */
export async function screenOf(project: Project, options: TerminalOptions, ...words: readonly string[]): Promise<string> {
  const cli = onTerminal(project, options, ...words);
  await cli.ended;
  return cli.screen();
}

/** Lines as a person sees them: without escape sequences. */
export const linesOf = (screen: string): readonly string[] => plainText(screen).split(/\r?\n/).filter(Boolean);

/** Text without escape sequences. */
// oxlint-disable-next-line no-control-regex -- an escape sequence begins with one.
export const plainText = (screen: string): string => screen.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');

/** Does it hold a colour? */
// oxlint-disable-next-line no-control-regex -- an escape sequence begins with one.
export const isColoured = (screen: string): boolean => /\x1b\[[0-9;]*[1-9][0-9;]*m/.test(screen);

function commandOf(project: Project): number | undefined {
  return processesWith(project.home.home).find(({ command }) => command.includes(portsupBin) && !/^(?:script|sh|\/bin\/sh) /.test(command))
    ?.pid;
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
