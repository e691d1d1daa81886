/** One session: `count` programs under portsup and under the floor in turns, with everything that is measured of them. */
import { allKilled, checkPrograms, idleNodeMemory, killLatencies, psTimes, restingMemory, wakeUps } from './measures.mjs';

/** What is not measured but has to have happened. */
const BEACON_LIMIT_MS = 20_000;

/** Runs it and adds samples to `results`: a map from id to {values, floor}. `say` tells what is being done. */
export async function runSession({ world, subject, floor, count, wanted, often, say }, results) {
  const add = (id, key, values) => {
    const entry = results.get(`${id}-${count}`) ?? { values: [], floor: [] };
    entry[key].push(...values);
    results.set(`${id}-${count}`, entry);
  };
  const wants = (id) => wanted.has(`${id}-${count}`);
  const rounds = wants('up') || wants('down') ? often.sessions[count] : 1;
  for (let round = 0; round < rounds; round += 1) {
    say(`${count} programs, round ${round + 1} of ${rounds}`);
    for (const [one, key] of [
      [subject, 'values'],
      [floor, 'floor'],
    ]) {
      const upMs = await bringUp(world, one, count);
      if (wants('up')) add('up', key, [upMs]);
      if (round === 0) await live({ world, one, key, count, often, wants, add });
      const downMs = await takeDown(world, one);
      if (wants('down')) add('down', key, [downMs]);
    }
  }
  if (wants('memory')) add('memory', 'floor', [await idleNodeMemory(world)]);
}

/** What is measured while they run. */
async function live({ world, one, key, count, often, wants, add }) {
  const isSubject = key === 'values';
  const managers = await one.managers();
  // Rest and idleness first: afterwards there is garbage of the kills.
  if (wants('memory') && isSubject) add('memory', key, [await restingMemory(managers)]);
  if (wants('wakeups')) add('wakeups', key, [await wakeUps(managers, often.idle)]);
  if (wants('kill')) add('kill', key, await killLatencies(world, count, often.kills));
  if (wants('all-killed')) for (let time = 0; time < often.masses; time += 1) add('all-killed', key, [await allKilled(world)]);
  if (wants('ps') && isSubject) {
    const { ps, node } = psTimes(world, one.psCommand, often.ps);
    add('ps', 'values', ps);
    add('ps', 'floor', node);
  }
  await checkPrograms(world, one, count);
}

async function bringUp(world, one, count) {
  world.beacons.reset();
  const ms = await one.up(count);
  world.remember(await one.managers());
  await world.beacons.until(`${count} programs under ${one.name}`, () => world.beacons.latest.size === count, BEACON_LIMIT_MS);
  world.remember([...world.beacons.latest.values()].map(({ pid }) => pid));
  return ms;
}

async function takeDown(world, one) {
  const managers = await one.managers();
  const ms = await one.down();
  const left = world.running();
  if (left.length > 0) throw new Error(`${left.length} programs are left after "down" of ${one.name}`);
  world.forget(managers);
  world.forget([...world.beacons.latest.values()].map(({ pid }) => pid));
  return ms;
}
