import { describe, expect, it } from 'vitest';
import { runWorld } from './world.js';

const ROUNDS = 5;
/** Its rounds have nearly everything that can happen: services, daemon, keeper and both are killed, the daemon is upgraded, the application changed. */
const SEED = 131;

// The programs of this test need /proc and flock(1). `npm run chaos` does the same for as long as one likes.
describe.runIf(process.platform === 'linux')('whatever is killed, stopped and started', () => {
  it('nothing runs twice, nothing is lost and nothing is left', { timeout: 120_000 }, async () => {
    const lines: string[] = [];
    await runWorld({ seed: SEED, rounds: ROUNDS, keeper: true, cared: false, tell: (line) => lines.push(line) });
    expect(lines).toHaveLength(ROUNDS);
  });
});
