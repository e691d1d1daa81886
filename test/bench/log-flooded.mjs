/** What a service that prints as fast as it can means for the others: restart latency and `ps`, quiet and while it floods. */
import { setTimeout as delay } from 'node:timers/promises';
import { portsupArgv, upFlooders, WRITES } from './flooders.mjs';
import { killLatencies, psTimes } from './measures.mjs';

const SERVICES = 2;
const PS = portsupArgv('ps', '-A');
/** Until a flood is one. */
const SETTLE_MS = 500;

/** For each kind of flood: both, quiet and flooded, of one application. */
export async function logFlooded({ world, often, add, say }) {
  const others = Object.fromEntries(Array.from({ length: SERVICES }, (_, id) => [`s${id}`, { command: [...world.program, String(id)] }]));
  for (const [write, bytes] of Object.entries(WRITES)) {
    say(`restarts and ps, while a service floods with writes of ${bytes} bytes`);
    const app = await upFlooders(world, { logs: [{}], others });
    await world.beacons.until('all services', () => world.beacons.latest.size === SERVICES + 1);
    const quiet = { kill: await killLatencies(world, SERVICES, often.kills), ps: psTimes(world, PS, often.ps).ps };
    await app.flooders[0].flood(bytes);
    await delay(SETTLE_MS);
    add(`log-flood-kill-${write}`, { values: await killLatencies(world, SERVICES, often.kills), floor: quiet.kill });
    add(`log-flood-ps-${write}`, { values: psTimes(world, PS, often.ps).ps, floor: quiet.ps });
    await app.down();
  }
}
