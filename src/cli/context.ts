/** What every command gets: the parsed line, where it was given, and where its answer goes. */
import type { HomeLayout } from '../base/home.js';
import { reachableHome, withAbsoluteHomes } from '../client/reachable-home.js';
import type { Environment } from '../config/environment.js';
import { type CommandLine, isGiven } from './arguments.js';
import { type Screen, screenOf } from './screen.js';

export interface Context {
  readonly line: CommandLine;
  readonly cwd: string;
  /** With the paths that decide about the home made absolute. */
  readonly env: Environment;
  readonly layout: HomeLayout;
  /** Path of `bin/portsupd.js`, which starts the keeper. */
  readonly keeperProgram: string;
  readonly json: boolean;
  readonly out: Screen;
  readonly err: Screen;
  /** Resolves when both outputs have taken all that was written. */
  flush(): Promise<void>;
}

/** What only the entry point knows. */
export interface EntryPoint {
  readonly keeperProgram: string;
  readonly onBroken: (error: Error) => void;
}

/** The context of this process for a parsed command line. */
export function contextOf(line: CommandLine, { keeperProgram, onBroken }: EntryPoint): Context {
  const cwd = process.cwd();
  const env = withAbsoluteHomes(process.env, cwd);
  const settings = { env, refused: isGiven(line, 'no-color'), onBroken };
  const out = screenOf(process.stdout, settings);
  let err: Screen | undefined;
  return {
    line,
    cwd,
    env,
    layout: reachableHome(env),
    keeperProgram,
    json: isGiven(line, 'json'),
    out,
    // Made when it is needed: Node opens a stream when it is first touched, and most commands have nothing to say there.
    get err() {
      err ??= screenOf(process.stderr, settings);
      return err;
    },
    flush: async () => {
      await out.flush();
      await err?.flush();
    },
  };
}
