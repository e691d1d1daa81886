import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

/** The built command line, as npm would link it. */
export const portsupBin = fileURLToPath(new URL('../../bin/portsup.js', import.meta.url));

/** How a command ended and what it said. */
export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is still running. */
export interface RunningCli {
  readonly pid: number;
  readonly stdin: Writable;
  /** The next line of its standard output, waited for at most 5 s; undefined once that has ended. */
  readonly nextLine: () => Promise<string | undefined>;
  /** Stops reading its standard output, as `| head -1` does. */
  closeOutput(): void;
  /** Sends a signal; false when it has ended already. */
  readonly kill: (signal?: NodeJS.Signals) => boolean;
  /** Resolves when it has ended, with everything it said. */
  readonly ended: Promise<CliResult>;
}

type Environment = Readonly<Record<string, string>>;
type Cli = ChildProcessByStdio<Writable, Readable, Readable>;

/** Milliseconds after which a command that was to end by itself is killed: it would hang the suite. */
const LIMIT_MS = 60_000;

/** Runs `portsup ...args` to its end, with nothing on its standard input. */
export async function portsup(env: Environment, cwd: string, ...args: readonly string[]): Promise<CliResult> {
  const child = launch(env, cwd, args);
  child.stdin.end();
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const result = await finish(child);
  clearTimeout(limit);
  return result;
}

/** Starts `portsup ...args` and leaves it running. The caller waits for `ended`, or kills it. */
export function portsupStart(env: Environment, cwd: string, ...args: readonly string[]): RunningCli {
  const child = launch(env, cwd, args);
  const lines: string[] = [];
  let taken = 0;
  let closed = false;
  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })
    .on('line', (line) => lines.push(line))
    .on('close', () => {
      closed = true;
    });
  const nextLine = async (): Promise<string | undefined> => {
    await until(`another line of portsup ${args.join(' ')} after "${lines.at(-1) ?? ''}"`, () => taken < lines.length || closed);
    taken += 1;
    return lines[taken - 1];
  };
  const closeOutput = (): void => {
    child.stdout.destroy();
  };
  return { pid: child.pid ?? -1, stdin: child.stdin, nextLine, closeOutput, kill: (signal) => child.kill(signal), ended: finish(child) };
}

function launch(env: Environment, cwd: string, args: readonly string[]): Cli {
  return spawn(process.execPath, [portsupBin, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function finish(child: Cli): Promise<CliResult> {
  const [stdout, stderr, [code, signal]] = await Promise.all([untilClosed(child.stdout), text(child.stderr), ending(child)]);
  return { code, signal, stdout, stderr };
}

/** What a stream says until it ends, or until a test stops reading it. */
async function untilClosed(stream: Readable): Promise<string> {
  let said = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  if (!stream.closed) await once(stream, 'close');
  return said;
}

async function ending(child: Cli): Promise<readonly [number | null, NodeJS.Signals | null]> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return [code, signal];
}
