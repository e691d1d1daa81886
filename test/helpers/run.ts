import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What marks everything that one run of the test suite starts. */
export interface TestRun {
  /** Value of PORTSUP_TEST_MARK: every process started by a test inherits it. */
  readonly mark: string;
  /** The folder that holds every home of this run; short, because a socket's path is limited to about 100 bytes. */
  readonly root: string;
}

/** The run that was begun here, not inherited. */
let begunHere: TestRun | undefined;

/**
 * The run this process belongs to, from PORTSUP_TEST_MARK and PORTSUP_TEST_ROOT; the first process to ask (vitest's own,
 * or a test started without our configuration) begins a new one and passes it on through its environment. Who began it
 * removes the folder when it exits.
 */
export function testRun(): TestRun {
  const { PORTSUP_TEST_MARK: mark, PORTSUP_TEST_ROOT: root } = process.env;
  if (mark && root) return { mark, root };
  // Not os.tmpdir(): on macOS that is 50 characters long, half of what a socket's path may be.
  const run = { mark: `${process.pid}-${Date.now().toString(36)}`, root: realpathSync(mkdtempSync('/tmp/pt-')) };
  process.env['PORTSUP_TEST_MARK'] = run.mark;
  process.env['PORTSUP_TEST_ROOT'] = run.root;
  process.once('exit', () => {
    rmSync(run.root, { recursive: true, force: true });
  });
  begunHere = run;
  return run;
}

/** Makes a new empty folder below the run's root. */
export function makeTestFolder(): string {
  const { root } = testRun();
  mkdirSync(root, { recursive: true });
  return mkdtempSync(join(root, 'h-'));
}

/** Removes what {@link makeTestFolder} made. A run begun by a worker ends with a signal, so its root goes with its last folder. */
export function removeTestFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const root = begunHere?.root;
  if (root !== undefined && existsSync(root) && readdirSync(root).length === 0) rmSync(root, { recursive: true });
}
