import { describe, expect, it } from 'vitest';
import { runWorld } from './world.js';

const ROUNDS = 5;
/** Their rounds have nearly everything that can happen: services, daemon, keeper and both are killed, the daemon is upgraded, the application changed. */
const WORLDS = [
  ['services', { seed: 131, cared: false }],
  ['services with readiness, liveness, backoff and needs', { seed: 118, cared: true }],
] as const;

// The programs of this test need /proc and flock(1). `npm run chaos` does the same for as long as one likes.
describe.runIf(process.platform === 'linux')('whatever is killed, stopped and started', () => {
  it.each(WORLDS)('of %s nothing runs twice, nothing is lost and nothing is left', { timeout: 120_000 }, async (_what, world) => {
    const lines: string[] = [];
    await runWorld({ ...world, rounds: ROUNDS, keeper: true, tell: (line) => lines.push(line) });
    expect(lines).toHaveLength(ROUNDS);
  });
});
