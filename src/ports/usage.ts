/** CPU and memory of services with everything they have started. Gathered only when asked; nothing runs in between. */
import { readFileSync } from 'node:fs';
import type { Clock, Millis } from '../base/clock.js';
import { isLiving, type ProcessStat } from '../base/process-stat.js';
import { pageBytes, readProcessTable, ticksPerSecond } from './process-table.js';

/** What a process and all below it use. */
export interface Usage {
  /** Share of one core: 200 is two busy cores. Since the previous look (100 ms to 60 s ago), else over the life of each process. */
  readonly cpuPercent: number;
  /**
   * Resident memory; pages that processes share are counted for each of them. It is the kernel's quick count, which
   * may lag by some 100 KB for each process: the exact one would be a second file to read.
   */
  readonly memoryBytes: number;
  readonly processes: number;
  /** Ascending; the main one is among them. */
  readonly pids: readonly number[];
}

/** Looks at processes, and remembers their CPU time until the next look. */
export interface UsageReader {
  /** Usage by main PID; one that does not live is left out. */
  usageOf(mainPids: readonly number[]): Promise<ReadonlyMap<number, Usage>>;
}

const SHORTEST_MS = 100;
const LONGEST_MS = 60_000;

interface Sample {
  readonly at: Millis;
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly percent: number;
}

/**
 * A reader of its own for each daemon. Linux: our own pass over /proc, because pidusage knows no descendants, and its
 * first look at 1000 processes takes 100 ms where ours takes 20. Elsewhere pidusage, of the main processes alone.
 */
export const openUsage = (clock: Clock): UsageReader => ({ usageOf: process.platform === 'linux' ? procUsage(clock) : pidusageUsage });

function procUsage(clock: Clock): UsageReader['usageOf'] {
  let samples = new Map<number, Sample>();
  return async (mainPids) => {
    if (mainPids.length === 0) return new Map();
    const table = (await readProcessTable()).filter(isLiving);
    const trees = treesOf(table, mainPids);
    const at = clock.now();
    const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
    const sampled = new Map<number, Sample>();
    const sampleOf = (stat: ProcessStat): Sample => {
      const sample = nextSample(stat, samples.get(stat.pid), { at, uptime });
      sampled.set(stat.pid, sample);
      return sample;
    };
    const usage = new Map([...trees].map(([pid, tree]) => [pid, sum(tree, tree.map(sampleOf))] as const));
    // Those that nobody asked about this time keep their sample while they live: two people may look at two services.
    for (const { pid, startTicks } of table) {
      const old = samples.get(pid);
      if (old && old.startTicks === startTicks && !sampled.has(pid)) sampled.set(pid, old);
    }
    samples = sampled;
    return usage;
  };
}

function nextSample(stat: ProcessStat, last: Sample | undefined, now: { readonly at: Millis; readonly uptime: number }): Sample {
  const previous = last?.startTicks === stat.startTicks ? last : undefined;
  const age = previous ? now.at - previous.at : Number.POSITIVE_INFINITY;
  // Too soon for the kernel's ticks of 10 ms to mean anything: what was said a moment ago still holds.
  if (previous && age < SHORTEST_MS) return previous;
  const percent =
    previous && age <= LONGEST_MS
      ? percentOf(stat.cpuTicks - previous.cpuTicks, age / 1_000)
      : percentOf(stat.cpuTicks, now.uptime - stat.startTicks / ticksPerSecond());
  return { at: now.at, startTicks: stat.startTicks, cpuTicks: stat.cpuTicks, percent };
}

const percentOf = (ticks: number, seconds: number): number => (100 * ticks) / ticksPerSecond() / Math.max(seconds, 1 / ticksPerSecond());

function sum(tree: readonly ProcessStat[], samples: readonly Sample[]): Usage {
  const pids = tree.map(({ pid }) => pid).sort((left, right) => left - right);
  return {
    cpuPercent: Math.round(10 * samples.reduce((total, { percent }) => total + percent, 0)) / 10,
    memoryBytes: tree.reduce((total, { rssPages }) => total + rssPages * pageBytes(), 0),
    processes: tree.length,
    pids,
  };
}

/**
 * Each main process with its descendants and everything in its session: a grandchild whose parent has ended belongs to
 * init by parentage, and one that has left the session still has its parent.
 */
function treesOf(table: readonly ProcessStat[], mainPids: readonly number[]): ReadonlyMap<number, readonly ProcessStat[]> {
  const byPid = new Map(table.map((stat) => [stat.pid, stat]));
  const children = groupBy(table, ({ ppid }) => ppid);
  const members = groupBy(table, ({ session }) => session);
  const trees = new Map<number, readonly ProcessStat[]>();
  for (const pid of mainPids) {
    const main = byPid.get(pid);
    if (!main) continue;
    // A Set visits what is added to it while it is being visited.
    const tree = new Set([main, ...(members.get(pid) ?? [])]);
    for (const parent of tree) for (const child of children.get(parent.pid) ?? []) tree.add(child);
    trees.set(pid, [...tree]);
  }
  return trees;
}

function groupBy(table: readonly ProcessStat[], keyOf: (stat: ProcessStat) => number): ReadonlyMap<number, readonly ProcessStat[]> {
  const groups = new Map<number, ProcessStat[]>();
  for (const stat of table) {
    const group = groups.get(keyOf(stat));
    if (group) group.push(stat);
    else groups.set(keyOf(stat), [stat]);
  }
  return groups;
}

async function pidusageUsage(mainPids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  if (mainPids.length === 0) return new Map();
  const { default: pidusage } = await import('pidusage');
  const stats = await pidusage([...mainPids]).catch((error: unknown) => {
    // pidusage's answer when none of them lives any more.
    if (error instanceof Error && error.message.startsWith('No matching pid')) return {};
    throw error;
  });
  return new Map(
    Object.values(stats).flatMap((stat) =>
      stat
        ? [[stat.pid, { cpuPercent: Math.round(10 * stat.cpu) / 10, memoryBytes: stat.memory, processes: 1, pids: [stat.pid] }] as const]
        : [],
    ),
  );
}
