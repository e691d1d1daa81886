/** What Linux's /proc knows of every process. One read of /proc/PID/stat each; nothing is kept open. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { type ProcessStat, readProcess } from '../base/process-stat.js';

/** Processes read in one go: about 1 ms, so that a `ps` never delays a restart by more. */
const CHUNK = 100;

/** Every process there is, zombies included; other work gets its turn in between. */
export async function readProcessTable(): Promise<readonly ProcessStat[]> {
  const found: ProcessStat[] = [];
  const entries = readdirSync('/proc');
  for (let index = 0; index < entries.length; index += 1) {
    if (index % CHUNK === CHUNK - 1) await nextTurn();
    const pid = Number(entries[index]);
    const stat = Number.isInteger(pid) ? readProcess(pid) : undefined;
    if (stat) found.push(stat);
  }
  return found;
}

/** Ticks a second, the unit of times in {@link ProcessStat}: 100 nearly everywhere. */
export const ticksPerSecond = (): number => systemNumbers().ticks;

/** Size of a page of memory in bytes: 4096 on most machines. */
export const pageBytes = (): number => systemNumbers().page;

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

const AT_PAGESZ = 6;
const AT_CLKTCK = 17;
let known: { readonly ticks: number; readonly page: number } | undefined;

/** From what the kernel gives each program at its start: pairs of a type and a value, each as big as a pointer. */
function systemNumbers(): { readonly ticks: number; readonly page: number } {
  if (known) return known;
  const auxv = readFileSync('/proc/self/auxv');
  const wide = process.arch !== 'arm' && process.arch !== 'ia32';
  const size = wide ? 8 : 4;
  const big = endianness() === 'BE';
  const wordAt = (offset: number): number => {
    if (wide) return Number(big ? auxv.readBigUInt64BE(offset) : auxv.readBigUInt64LE(offset));
    return big ? auxv.readUInt32BE(offset) : auxv.readUInt32LE(offset);
  };
  const values = new Map<number, number>();
  for (let offset = 0; offset + 2 * size <= auxv.length; offset += 2 * size) values.set(wordAt(offset), wordAt(offset + size));
  known = { ticks: values.get(AT_CLKTCK) ?? 100, page: values.get(AT_PAGESZ) ?? 4_096 };
  return known;
}
