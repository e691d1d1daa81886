/** What the system knows of processes: which programs run, how much memory a set of them uses, how often they wake up. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, writeFileSync } from 'node:fs';

const PAGE_BYTES = 4096;
const PAGEMAP_ENTRY_BYTES = 8;
/** Upper half of a pagemap entry: in memory; a page of a file (or shared) and not a private copy. */
const PRESENT = 0x8000_0000;
const OF_FILE = 0x2000_0000;

/** Living processes that have `word` as one of their arguments: their last argument, the program's number. */
export function numbersOf(word) {
  const rows = execFileSync('ps', ['-axww', '-o', 'stat=,args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\n');
  const fields = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([stat, ...args]) => stat && !stat.startsWith('Z') && args.includes(word));
  return fields.map((args) => Number(args.at(-1)));
}

/** Living processes whose environment holds `entry`. Linux only: elsewhere none. */
export function pidsWithEnvironment(entry) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(entry));
}

/** Context switches so far of all threads of these processes, voluntary or not. */
export function contextSwitches(pids) {
  let total = 0;
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      for (const [, count] of readOrEmpty(`/proc/${pid}/task/${task}/status`).matchAll(/ctxt_switches:\s*(\d+)/g)) total += Number(count);
    }
  }
  return total;
}

/**
 * CPU seconds so far, user and system, of all threads of these processes; to the nanosecond, where /proc/PID/stat counts in hundredths. Some kernels
 * (without CONFIG_SCHED_INFO) have only that.
 */
export function cpuSeconds(pids) {
  if (!existsSync('/proc/self/schedstat')) return pids.reduce((sum, pid) => sum + ticksOf(pid) / 100, 0);
  const tasks = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`));
  return tasks.reduce((sum, path) => sum + Number.parseInt(readOrEmpty(path) || '0', 10), 0) / 1e9;
}

function ticksOf(pid) {
  const fields = readOrEmpty(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** The child of this process whose program has that name. Linux only. */
export function childNamed(pid, name) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').map(Number);
  return children.find((child) => readOrEmpty(`/proc/${child}/comm`) === `${name}\n`);
}

/** From now on the peak memory of this process is that from now on. */
export const resetPeakMemory = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** The most resident memory that this process has had, in MB. */
export const peakMemory = (pid) => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;

/**
 * Memory in MB. `pss`: the kernel's proportional share, which is smaller the more other Node programs run. `alone`: the same
 * if no other Node program ran: each page of the node executable that any of these processes has counts once.
 */
export function memoryOf(pids) {
  let pss = 0;
  let exceptNode = 0;
  const nodePages = new Set();
  let copies = 0;
  for (const pid of pids) {
    const executable = readlinkSync(`/proc/${pid}/exe`);
    for (const mapping of mappingsOf(pid)) {
      pss += mapping.pssBytes;
      if (mapping.file === executable) copies += addPages(pid, mapping, nodePages);
      else exceptNode += mapping.pssBytes;
    }
  }
  const alone = exceptNode + (nodePages.size + copies) * PAGE_BYTES;
  return { pss: pss / 2 ** 20, alone: alone / 2 ** 20 };
}

function mappingsOf(pid) {
  const mappings = [];
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ *(.*)$/.exec(line);
    if (head) {
      const [start, end, offset] = head.slice(1, 4).map((hex) => Number.parseInt(hex, 16));
      mappings.push({ start, end, offset, file: head[4], pssBytes: 0 });
    } else if (line.startsWith('Pss:')) mappings.at(-1).pssBytes = Number(/\d+/.exec(line)[0]) * 1024;
  }
  return mappings;
}

/** Adds the file's pages that are in memory here; returns how many pages are private copies. */
function addPages(pid, { start, end, offset }, pages) {
  const count = (end - start) / PAGE_BYTES;
  const entries = Buffer.alloc(count * PAGEMAP_ENTRY_BYTES);
  const fd = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    readSync(fd, entries, 0, entries.length, (start / PAGE_BYTES) * PAGEMAP_ENTRY_BYTES);
  } finally {
    closeSync(fd);
  }
  let copies = 0;
  for (let index = 0; index < count; index += 1) {
    const flags = entries.readUInt32LE(index * PAGEMAP_ENTRY_BYTES + 4);
    if ((flags & PRESENT) === 0) continue;
    if ((flags & OF_FILE) === 0) copies += 1;
    else pages.add(offset / PAGE_BYTES + index);
  }
  return copies;
}

/** ENOENT and ESRCH: it has ended meanwhile; EACCES: somebody else's. */
function readOrEmpty(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code)) return '';
    throw error;
  }
}
