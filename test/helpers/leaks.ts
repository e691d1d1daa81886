import type { ProcessRow } from './process-rows.js';
import { killAll, processesWith } from './processes.js';
import type { TestRun } from './run.js';

/** Milliseconds that what is ending anyway may take. */
const GRACE_MS = 2_000;
const STEP_MS = 20;

/**
 * What a run of tests has left running, after 2 s to end by itself; it is killed then. Found by the run's mark or folder in
 * the environment or the arguments, so also what has been reparented or was started with a minimal environment.
 */
export async function leaks({ mark, root }: TestRun): Promise<readonly ProcessRow[]> {
  const find = (): readonly ProcessRow[] => processesWith(`PORTSUP_TEST_MARK=${mark}`, root).filter((row) => !isRunner(row));
  const deadline = performance.now() + GRACE_MS;
  while (find().length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => {
      setTimeout(resolve, STEP_MS);
    });
  }
  const left = find();
  await killAll('leaked processes killed', () => find().map(({ pid }) => pid));
  return left;
}

/** vitest's own workers are our children and inherit the mark; what tests start is never our own child. */
const isRunner = ({ ppid, command }: ProcessRow): boolean => ppid === process.pid && /vitest|esbuild|rolldown/.test(command);
