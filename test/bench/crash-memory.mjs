/**
 * `node test/bench/crash-memory.mjs [CRASHES]` (default 10000; Linux): memory of daemon and keeper before so many crashes of a service, at
 * their end, and after having been idle for a while: resident, and how much of that is their own (the rest are pages of
 * Node's executable, which all Node programs share). It needs a build. To tell a leak from garbage that Node has had no reason
 * to collect yet, run it with twice the number.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createWorld } from './world.mjs';

const IDLE_MS = 30_000;
const portsup = fileURLToPath(new URL('../../bin/portsup.js', import.meta.url));

async function main(crashes) {
  const world = createWorld();
  const runs = join(world.folder, 'runs');
  const command = async (...words) => (await world.command([process.execPath, portsup, ...words])).out;
  try {
    writeFileSync(runs, '');
    const crashing = {
      command: ['/bin/sh', '-c', `echo output; echo $PORTSUP_RUN > ${runs}; until [ -s ${runs}.go ]; do sleep 0.01; done; exit 3`],
    };
    const services = { crashing, other: { command: ['sleep', '100000'] } };
    writeFileSync(join(world.folder, 'portsup.json'), JSON.stringify({ intensity: 1_000_000, period: '1s', services }));
    await command('up');
    const { pid, keeperPid } = JSON.parse(await command('daemon', 'status', '--json'));
    const measure = (when) => say(`${when.padEnd(22)} daemon ${memoryOf(pid)}   keeper ${memoryOf(keeperPid)}`);
    measure('before');
    const begun = performance.now();
    writeFileSync(`${runs}.go`, 'go');
    while (Number(readFileSync(runs, 'utf8')) <= crashes) await delay(20);
    measure(`after ${crashes} crashes`);
    say(`(${Math.round((1_000 * crashes) / (performance.now() - begun))} a second)`);
    await command('stop', 'crashing');
    await delay(IDLE_MS);
    measure('idle again');
    await command('down');
  } finally {
    world.end();
  }
}

function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const [all, own] = [/^VmRSS:\s+(\d+)/m, /^RssAnon:\s+(\d+)/m].map((line) => (Number(line.exec(status)?.[1]) / 1_024).toFixed(1));
  return `${all} MB (own ${own})`;
}

const say = (line) => process.stdout.write(`${line}\n`);

main(Number(process.argv[2] ?? 10_000)).catch((error) => {
  process.stderr.write(`crash-memory: ${error.message}\n`);
  process.exitCode = 1;
});
