/**
 * `npm run bench [-- --quick] [--only NAME,...] [--json FILE]`: portsup's numbers, each with its floor from the same run.
 * It needs a build (dist/). Everything it starts lives in a folder of its own and is gone when it ends, however it ends.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLogSession } from './log-session.mjs';
import { chosen, countsOf, FULL, isOfLogs, QUICK } from './plan.mjs';
import { isOfProbes, runProbeSession } from './probe-session.mjs';
import { runSession } from './session.mjs';
import { bareNode, portsup } from './subjects.mjs';
import { render, summarize } from './table.mjs';
import { createWorld, onDisk } from './world.mjs';

/** Exit codes of a process that a signal asked to end. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
/** Measures that read Linux's /proc. */
const LINUX_ONLY = /^(?:memory-|wakeups-|log-cpu-|log-memory|probes-)/;

const options = {
  json: { type: 'string' },
  only: { type: 'string', default: '' },
  quick: { type: 'boolean', default: false },
};

async function main() {
  const { values } = parseArgs({ options });
  if (!existsSync(fileURLToPath(new URL('../../dist/daemon.cjs', import.meta.url))))
    throw new Error('nothing is built: run "npm run build"');
  const names = values.only.split(',').filter((name) => name !== '');
  const wanted = new Set([...chosen(names)].filter((id) => process.platform === 'linux' || !LINUX_ONLY.test(id)));
  const worlds = [];
  const begin = (place) => {
    const world = createWorld(place);
    worlds.push(world);
    return world;
  };
  const end = () => worlds.splice(0).forEach((world) => world.end());
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      end();
      process.exit(code);
    });
  }
  try {
    const rows = summarize(await measure(begin, wanted, values.quick ? QUICK : FULL));
    process.stdout.write(`${machine()}\n\n${render(rows)}\n`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine: machine(), rows }, null, 2)}\n`);
  } finally {
    end();
  }
}

/** `begin` makes a world, which ends with the benchmark. */
async function measure(begin, wanted, often) {
  const results = new Map();
  const counts = countsOf(wanted);
  if (counts.length > 0) {
    const world = begin();
    const common = { world, subject: portsup(world), floor: bareNode(world), wanted, often, say };
    for (const count of counts) await runSession({ ...common, count }, results);
  }
  if ([...wanted].some(isOfLogs)) await runLogSession({ world: begin(onDisk()), wanted, often, say }, results);
  if ([...wanted].some(isOfProbes)) await runProbeSession({ world: begin(), often: often.idle, say }, results);
  say('');
  return results;
}

/** What is being done, for a person who waits: one line that is written over. */
function say(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const machine = () =>
  `${platform()} ${release()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`;

main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
