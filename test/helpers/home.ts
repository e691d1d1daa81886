import { join } from 'node:path';
import { killWith } from './processes.js';
import { makeTestFolder, removeTestFolder, testRun } from './run.js';

/** A folder of its own for one test: HOME and PORTSUP_HOME of everything the test starts. */
export interface TestHome {
  /** Absolute and short (about 20 characters): the socket's path has to fit below it. */
  readonly home: string;
  /** A clean environment: what is needed to find programs, and the marks by which leftovers are found. */
  readonly env: Readonly<Record<string, string>>;
  /** An absolute path below the home. */
  readonly path: (...parts: readonly string[]) => string;
  /** SIGKILLs everything that was started with this home, then removes the folder. For `afterEach` or `afterAll`. */
  readonly dispose: () => Promise<void>;
}

/** What a test inherits from the person who runs it; nothing of npm, nothing of Node, no terminal's settings. */
const INHERITED = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'USER', 'LOGNAME'] as const;

/** Makes a home below the run's root. The caller disposes of it. */
export function temporaryHome(): TestHome {
  const { mark } = testRun();
  const home = makeTestFolder();
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    home,
    env: { ...Object.fromEntries(inherited), HOME: home, PORTSUP_HOME: home, PORTSUP_TEST_MARK: mark },
    path: (...parts) => join(home, ...parts),
    dispose: async () => {
      await killWith(home);
      removeTestFolder(home);
    },
  };
}
