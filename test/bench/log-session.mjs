/** All measures of logs that are wanted, one after another, each with an application of its own. */
import { logFlooded } from './log-flooded.mjs';
import { logLastWords } from './log-last-words.mjs';
import { logMemory } from './log-memory.mjs';
import { logReading } from './log-reading.mjs';
import { logThroughput } from './log-throughput.mjs';

/** Which measures come of what. */
const TAKEN_BY = [
  [/^log-(?:cpu-)?100/, (common) => logThroughput(common, '100')],
  [/^log-(?:cpu-)?64k/, (common) => logThroughput(common, '64k')],
  [/^log-memory/, logMemory],
  [/^log-last-words/, logLastWords],
  [/^log-read/, logReading],
  [/^log-flood/, logFlooded],
];

/** Takes them, and adds samples to `results`: a map from id to {values, floor}. `say` tells what is being done. */
export async function runLogSession({ world, wanted, often, say }, results) {
  const add = (id, { values, floor = [] }) => {
    if (!wanted.has(id)) return;
    const entry = results.get(id) ?? { values: [], floor: [] };
    entry.values.push(...values);
    entry.floor.push(...floor);
    results.set(id, entry);
  };
  for (const [ids, take] of TAKEN_BY) {
    if ([...wanted].some((id) => ids.test(id))) await take({ world, often, add, say });
  }
}
