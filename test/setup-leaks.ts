import { leaks } from './helpers/leaks.js';
import { testRun } from './helpers/run.js';

/** Fails the run if a process that a test has started is still there when the last test has ended. */
export default function setup(): () => Promise<void> {
  const run = testRun();
  return async () => {
    const left = await leaks(run);
    if (left.length === 0) return;
    const list = left.map(({ pid, ppid, name, command }) => `  ${pid} (parent ${ppid}) ${name}: ${command}`).join('\n');
    process.exitCode = 1;
    throw new Error(`${left.length} processes outlived the tests that started them (killed now):\n${list}`);
  };
}
