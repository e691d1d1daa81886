/**
 * `npm run chaos [-- --rounds N --seed S --no-keeper --cared]`: worlds of ten rounds each, with the seeds S, S + 1 ...; a line for each round. With `--cared` services have readiness,
 * liveness, backoff and needs.
 * Ends at the first thing that does not hold, with all that is known of it: `--seed` with the seed it names does the same again, as far as
 * timing lets it. Everything it starts is gone when it ends.
 */
import { parseArgs } from 'node:util';
import build from '../setup-build.js';
import { runWorld } from './world.js';

const ROUNDS_PER_WORLD = 10;

const options = {
  rounds: { type: 'string', default: '100' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  'no-keeper': { type: 'boolean', default: false },
  cared: { type: 'boolean', default: false },
} as const;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  build();
  const begun = performance.now();
  let clean = 0;
  try {
    for (let seed = Number(values.seed); clean < Number(values.rounds); seed += 1) {
      const rounds = Math.min(ROUNDS_PER_WORLD, Number(values.rounds) - clean);
      await runWorld({ seed, rounds, keeper: !values['no-keeper'], cared: values.cared, tell: print });
      clean += rounds;
    }
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  print(`${clean} rounds ran clean in ${Math.round((performance.now() - begun) / 1_000)} s`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
