/** How fast a program can print: captured by portsup and by `cat > file`, in turns; and what that costs portsup. */
import { setTimeout as delay } from 'node:timers/promises';
import { LINE_BYTES, portsupArgv, upCat, upFlooders, WRITES } from './flooders.mjs';
import { isComplete, readNumbered } from './numbered-lines.mjs';
import { childNamed, cpuSeconds } from './proc.mjs';

/** One part, and everything is kept: so that all lines can be looked for. */
const WHOLE = { max_size: '4gb', total: '8gb' };
/** CPU seconds are read from /proc. */
const isLinux = process.platform === 'linux';
/** After a start, until whoever captures is idle. */
const SETTLE_MS = 500;

/**
 * Rounds of `cat`, portsup with one part, and portsup as it is without configuration. A full pipe makes a program wait, so what it takes to print is what
 * it takes to be captured.
 *
 * @param write - a name of {@link WRITES}.
 * @throws when a line is missing.
 */
export async function logThroughput({ world, often, add, say }, write) {
  const bytes = WRITES[write];
  const lines = often.lines[write];
  for (let round = 1; round <= often.rounds; round += 1) {
    say(`log, writes of ${bytes} bytes, round ${round} of ${often.rounds}`);
    const cat = await upCat(world);
    await delay(SETTLE_MS);
    const floor = await printed(cat, isLinux ? [childNamed(cat.shell, 'cat')] : [], { lines, bytes });
    await cat.down();
    for (const isRotated of [false, true]) {
      const logs = isRotated ? {} : WHOLE;
      const app = await upFlooders(world, { logs: [logs] });
      await delay(SETTLE_MS);
      const values = await printed(app, isLinux ? app.managers : [], { lines, bytes });
      add(isRotated ? `log-${write}-rotated` : `log-${write}`, { values: [values.rate], floor: [floor.rate] });
      if (!isRotated) add(`log-cpu-${write}`, { values: [values.cpu], floor: [floor.cpu] });
      // Looking through all of it takes longer than writing it.
      if (round === 1) await checkLines(world, lines, isRotated);
      await app.down();
    }
  }
}

/** MB a second, and CPU seconds of these processes per GB. */
async function printed({ flooders: [one] }, pids, { lines, bytes }) {
  const megabytes = (lines * LINE_BYTES) / 1e6;
  const before = cpuSeconds(pids);
  const seconds = (await one.print(lines, bytes)) / 1e3;
  return { rate: megabytes / seconds, cpu: (cpuSeconds(pids) - before) / (megabytes / 1e3) };
}

async function checkLines(world, lines, isTail) {
  const runs = await readNumbered(world, portsupArgv('logs', 'f0', '--no-prefix', '--since', '1h', '-p', 'bench'));
  if (isComplete(runs.get(1), lines, isTail)) return;
  throw new Error(`of ${lines} lines that were printed some are not in the log: ${JSON.stringify([...runs])}`);
}
