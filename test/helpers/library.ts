import { fileURLToPath } from 'node:url';
import type * as Library from '../../src/index.js';
import { type TestHome, temporaryHome } from './home.js';
import { idle, sh } from './live-app.js';
import { processesWith } from './processes.js';

/** Absolute path of the built library. */
export const libraryFile = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** The built library, as a program that imports "portsup" has it. */
export const library = (await import(/* @vite-ignore */ libraryFile)) as typeof Library;

/** A program's use of portsup, in a home of its own. */
export interface LibraryWorld {
  readonly home: TestHome;
  /** A client of the home, for the application "app" where nothing else is said; its folder is the home's. */
  readonly client: (options?: Library.ClientOptions) => Library.PortsupClient;
  /** PIDs of what runs that was started from the home. */
  readonly running: () => readonly number[];
  readonly dispose: () => Promise<void>;
}

/** Makes a world of its own. The caller disposes of it. */
export function libraryWorld(): LibraryWorld {
  const home = temporaryHome();
  return {
    home,
    client: (options = {}) => new library.PortsupClient({ app: 'app', cwd: home.home, env: home.env, ...options }),
    running: () => processesWith(home.home).map(({ pid }) => pid),
    dispose: home.dispose,
  };
}

/** A configuration of one service that says "ready" and does nothing. */
export const quiet = { services: { web: { command: idle } } };
/** One whose program does not end when it is asked to. */
export const stubborn = { services: { web: { command: sh('trap "" TERM; echo ready; while :; do sleep 0.05; done'), shutdown: '1h' } } };

/** What a promise rejects with. */
export const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`it gave ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
