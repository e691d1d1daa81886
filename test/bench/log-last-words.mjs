/** Does a log have all that its program printed last? */
import { portsupArgv, upFlooders } from './flooders.mjs';
import { isComplete, readNumbered } from './numbered-lines.mjs';

/** 500 KB. */
const LINES = 5_000;
const ID = 999;
const LIMIT_MS = 300_000;

/** The number of runs, of so many, that are not in the log as a whole: a service that prints 500 KB and exits at once, restarted for that. */
export async function logLastWords({ world, often, add, say }) {
  const count = often.lastWords;
  say(`last words of ${count} runs`);
  const command = [...world.flood, world.beacons.path, String(LINES), String(count), String(ID)];
  const others = { last_words: { command, logs: { max_size: '4gb' } } };
  const app = await upFlooders(world, { logs: [], others, total: '8gb' });
  // It says so only in the run after the last one.
  await world.beacons.until(`${count} runs`, () => world.beacons.latest.has(3 * ID), LIMIT_MS);
  const runs = await readNumbered(world, portsupArgv('logs', 'last_words', '--no-prefix', '--since', '1h', '-p', 'bench'));
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  add('log-last-words', { values: [numbers.filter((run) => !isComplete(runs.get(run), LINES)).length] });
  await app.down();
}
