/** What it costs to ask 200 services once a second whether they are alive: the CPU of the daemon, against that of one that asks nobody. */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds } from './proc.mjs';
import { portsup } from './subjects.mjs';

const COUNT = 200;
const ID = `probes-cpu-${COUNT}`;
const BEACON_LIMIT_MS = 20_000;

export const PROBE_MEASURES = [
  { id: ID, what: `CPU of the daemon, ${COUNT} services asked by HTTP once a second (floor: nobody asked)`, unit: '%', reach: 15 },
];

export const isOfProbes = (id) => id === ID;

/** Runs it and adds samples to `results`. */
export async function runProbeSession({ world, often, say }, results) {
  const server = createServer((_request, response) => response.end('well'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const alive = { http: `http://localhost:${server.address().port}/`, interval: '1s' };
  const subject = portsup(world);
  const entry = { values: [], floor: [] };
  try {
    for (const [key, fields] of [
      ['floor', {}],
      ['values', { alive }],
    ]) {
      say(`${COUNT} services, ${key === 'floor' ? 'nobody asked' : 'each asked once a second'}`);
      world.beacons.reset();
      await subject.up(COUNT, fields);
      const [daemon, keeper] = await subject.managers();
      world.remember([daemon, keeper]);
      await world.beacons.until(`${COUNT} programs`, () => world.beacons.latest.size === COUNT, BEACON_LIMIT_MS);
      entry[key].push(...(await shares(daemon, often)));
      await subject.down();
      world.forget([daemon, keeper]);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
  results.set(ID, entry);
}

/** Percent of one processor, second by second, after a rest. */
async function shares(pid, { restSeconds, seconds }) {
  await delay(restSeconds * 1_000);
  const samples = [];
  for (let second = 0; second < seconds; second += 1) {
    const [before, begun] = [cpuSeconds([pid]), performance.now()];
    await delay(1_000);
    samples.push((100 * (cpuSeconds([pid]) - before)) / ((performance.now() - begun) / 1_000));
  }
  return samples;
}
