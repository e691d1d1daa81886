/** Programs that print when they are told to (flood.c), under portsup and in front of `cat`. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../bin/portsup.js', import.meta.url));

export const LINE_BYTES = 100;
/** Bytes of each write(2) by the names of measures. */
export const WRITES = { 100: LINE_BYTES, '64k': 64 * 1024 };

/** Numbers in the beacons below this are those of other programs. */
const FIRST_ID = 1_000;
const DEADLINE_MS = 120_000;

/** The command line of portsup. */
export const portsupArgv = (...words) => [process.execPath, cli, ...words];

/**
 * Brings an application up: a service for each of `logs`, named f0, f1, ..., with that as its `logs`, and those in `others`. Whoever calls
 * this calls `down`, which removes the logs, too.
 */
export async function upFlooders(world, { logs, others = {}, total }) {
  const folder = join(world.folder, 'flooders');
  mkdirSync(folder, { recursive: true });
  const run = async (...words) => (await world.command(portsupArgv(...words), { cwd: folder, limitMs: DEADLINE_MS })).out;
  const flooders = logs.map((_, index) => flooder(world, join(folder, `control-${index}`), index));
  const services = Object.fromEntries(flooders.map(({ argv }, index) => [`f${index}`, { command: argv, logs: logs[index] }]));
  const config = { name: 'bench', intensity: 1_000_000, period: '1s', logs: total ? { total } : {}, services: { ...services, ...others } };
  writeFileSync(join(folder, 'portsup.json'), JSON.stringify(config));
  world.beacons.reset();
  await run('up');
  const { pid: daemon, keeperPid: keeper } = JSON.parse(await run('daemon', 'status', '--json'));
  world.remember([daemon, keeper]);
  for (const { ready } of flooders) world.remember([await ready()]);
  return {
    flooders,
    managers: [daemon, keeper],
    daemon,
    run,
    down: async () => {
      await run('down');
      world.forget([daemon, keeper, ...flooders.map(({ pid }) => pid())]);
      for (const path of [join(world.home, 'logs'), folder]) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** The same program in front of `cat > file`. Whoever calls this calls `down`, which removes the file, too. */
export async function upCat(world) {
  const file = join(world.folder, 'cat.out');
  const one = flooder(world, join(world.folder, 'control-cat'), 0);
  world.beacons.reset();
  // A shell, as Node would give them a socket instead of a pipe.
  const shell = spawn('/bin/sh', ['-c', 'file=$1; shift; "$@" | cat > "$file"', 'sh', file, ...one.argv], {
    env: world.env,
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise((resolve) => shell.once('exit', resolve));
  // Its whole process group.
  world.remember([-shell.pid]);
  await one.ready();
  return {
    flooders: [one],
    shell: shell.pid,
    down: async () => {
      process.kill(-shell.pid, 'SIGKILL');
      await ended;
      world.forget([-shell.pid]);
      rmSync(file);
      one.close();
    },
  };
}

function flooder(world, control, index) {
  execFileSync('mkfifo', ['-m', '600', control]);
  const { beacons } = world;
  const id = FIRST_ID + index;
  const [there, begun, done] = [3 * id, 3 * id + 1, 3 * id + 2];
  const begin = async ({ lines, bytes }) => {
    beacons.latest.delete(begun);
    beacons.latest.delete(done);
    writeFileSync(control, `${lines} ${bytes}\n`);
    await beacons.until(`program ${index} prints`, () => beacons.latest.has(begun));
  };
  return {
    argv: [...world.flood, beacons.path, control, String(id)],
    pid: () => beacons.latest.get(there).pid,
    close: () => rmSync(control),
    /** Resolves with its PID when it is there. */
    ready: async () => {
      await beacons.until(`program ${index}`, () => beacons.latest.has(there));
      return beacons.latest.get(there).pid;
    },
    /** Has it print without end; resolves when it does. */
    flood: (bytes) => begin({ lines: 0, bytes }),
    /** Has it print so many lines, with so many bytes at once; resolves with the milliseconds it took. */
    print: async (lines, bytes) => {
      await begin({ lines, bytes });
      await beacons.until(`program ${index} has printed`, () => beacons.latest.has(done), DEADLINE_MS);
      return beacons.latest.get(done).at - beacons.latest.get(begun).at;
    },
  };
}
