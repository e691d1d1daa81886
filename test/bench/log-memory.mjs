/** Does the daemon grow while services print as fast as they can? */
import { setTimeout as delay } from 'node:timers/promises';
import { upFlooders, WRITES } from './flooders.mjs';
import { peakMemory, resetPeakMemory } from './proc.mjs';

const SETTLE_MS = 1_000;

/** Megabytes by which the daemon's peak memory exceeds what it had, after so many seconds of two services with short and two with long writes. */
export async function logMemory({ world, often, add, say }) {
  say('memory while four services flood');
  const app = await upFlooders(world, { logs: [{}, {}, {}, {}] });
  await delay(SETTLE_MS);
  resetPeakMemory(app.daemon);
  const before = peakMemory(app.daemon);
  for (const [index, flooder] of app.flooders.entries()) await flooder.flood(WRITES[index % 2 === 0 ? '100' : '64k']);
  await delay(often.floodSeconds * 1_000);
  add('log-memory', { values: [peakMemory(app.daemon) - before] });
  await app.down();
}
