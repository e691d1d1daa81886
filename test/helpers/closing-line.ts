import type { Reporter, TestModule } from 'vitest/node';

type Count = Record<'passed' | 'failed' | 'skipped', number>;

/**
 * Ends the run's output with "N passed, N failed, N skipped", alone on the last line, for systems that read such a line
 * instead of the exit code. It is written as the process exits, so it also knows of what failed after the last test
 * (the leak check): a run that fails without a failed test counts one failure.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = modules.map(countOf).reduce(add, { passed: 0, failed: unhandled.length, skipped: 0 });
    process.once('exit', (code) => {
      const failed = code === 0 ? count.failed : Math.max(1, count.failed);
      process.stdout.write(`\n${count.passed} passed, ${failed} failed, ${count.skipped} skipped\n`);
    });
  }
}

/** A file that could not even be loaded counts as one failure. */
function countOf(module: TestModule): Count {
  const count: Count = { passed: 0, failed: module.errors().length, skipped: 0 };
  for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    count[state === 'pending' ? 'skipped' : state] += 1;
  }
  return count;
}

const add = (left: Count, right: Count): Count => ({
  passed: left.passed + right.passed,
  failed: left.failed + right.failed,
  skipped: left.skipped + right.skipped,
});
