/** One run of the benchmark: its folder, its clean environment, its measured program, and the end of all it started. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Beacons, now } from './beacons.mjs';
import { numbersOf, pidsWithEnvironment } from './proc.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Variables that change how Node starts; NODE_EXTRA_CA_CERTS alone costs 30 ms at each start. */
const DISTURBING = /^(?:NODE_|npm_|INIT_CWD$|PORTSUP_|NO_COLOR$|FORCE_COLOR$)/;

/** A memory file system where there is one: ext4 slows down when thousands of files come and go. */
const SHARED_MEMORY = '/dev/shm';

/** Where logs are: on a disk. */
export const onDisk = () => tmpdir();

const inMemory = () => (isWritable(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir());

/** Makes everything, in a folder of its own below `place`; `end` undoes it and kills what is left. */
export function createWorld(place = inMemory()) {
  const folder = mkdtempSync(join(place, 'pb-'));
  // The program in a folder of its own: shared memory may forbid execution.
  const programs = mkdtempSync(join(tmpdir(), 'pb-bin-'));
  const beacons = new Beacons(join(folder, 'beacons'));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !DISTURBING.test(name)));
  const home = join(folder, 'home');
  const known = new Set();
  const world = {
    folder,
    home,
    env: { ...env, PORTSUP_HOME: home },
    beacons,
    program: [compiled(programs, 'service') ?? script(programs, beacons.path), beacons.path],
    /** The program that prints, without arguments. */
    flood: [compiled(programs, 'flood') ?? [process.execPath, join(here, 'flood.mjs')]].flat(),
    /** Numbers of the programs that run. */
    running: () => numbersOf(beacons.path),
    /** Has these killed at the end, should they still be there; a negative number is a process group. */
    remember: (pids) => pids.forEach((pid) => known.add(pid)),
    forget: (pids) => pids.forEach((pid) => known.delete(pid)),
    command: (argv, options) => runCommand(argv, { env: world.env, cwd: folder, ...options }),
    timed: (argv) => timeOf(argv, { env: world.env, cwd: folder }),
    end: () => {
      const marked = () => pidsWithEnvironment(`PORTSUP_HOME=${home}`);
      for (const pid of known) kill(pid);
      for (let left = marked(); left.length > 0; left = marked()) left.forEach(kill);
      beacons.close();
      for (const path of [folder, programs]) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return world;
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EACCES') return false;
    throw error;
  }
}

function compiled(folder, name) {
  const program = join(folder, name);
  // Without a shared library it starts faster, but not every system has the static ones.
  for (const flags of [['-O2', '-static'], ['-O2']]) {
    if (spawnSync('cc', [...flags, '-o', program, join(here, `${name}.c`)], { stdio: 'ignore' }).status === 0) return program;
  }
  return undefined;
}

function script(folder, fifo) {
  const program = join(folder, 'service');
  copyFileSync(join(here, 'service.sh'), program);
  execFileSync('chmod', ['755', program]);
  execFileSync('mkfifo', [`${fifo}.never`]);
  return program;
}

/** Runs a command to its end, and says how long it took; rejects unless it ends with 0. */
function runCommand(argv, { env, cwd, limitMs = 60_000 }) {
  return new Promise((resolve, reject) => {
    const begun = now();
    const child = spawn(argv[0], argv.slice(1), { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs, killSignal: 'SIGKILL' });
    let ms = 0;
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.once('error', reject);
    child.once('exit', () => (ms = now() - begun));
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ ms, out });
      else reject(new Error(`${argv.join(' ')}: ${signal ?? `exit code ${code}`} after ${Math.round(ms)} ms\n${err}`));
    });
  });
}

/** Milliseconds of a short command whose output goes to a pipe; nothing else happens in this process meanwhile. */
function timeOf(argv, options) {
  const begun = now();
  const { status, stderr } = spawnSync(argv[0], argv.slice(1), {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const ms = now() - begun;
  if (status !== 0) throw new Error(`${argv.join(' ')}: exit code ${status}\n${stderr}`);
  return ms;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
