/** Finds the processes of a run by the marker in their environment. Linux only. */
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { errnoOf } from '../base/errors.js';
import { readProcess } from '../base/process-stat.js';
import { type Environment, hasMarker, homeIn, isWanted, markerIn, type RunMarker } from './run-marker.js';

/** A process that carries a run's marker. PID and start time together name it for ever. */
export interface Bearer {
  readonly pid: number;
  readonly name: string;
  readonly startTicks: number;
  readonly pgrp: number;
  readonly session: number;
  readonly marker: RunMarker;
  /** The real user that it runs as. */
  readonly uid: number;
}

/** Which run's processes are looked for. */
export interface Wanted {
  readonly marker: Partial<RunMarker>;
  /** When the run's main process was started: one that was there before only has a copy of its environment. */
  readonly startTicks: number;
  /** Its children are main processes themselves, known or just being started, or no service at all. */
  readonly keeperPid: number;
}

/** What a look has found. */
export interface Found {
  /** They do or do not carry the marker, and that does not change. */
  readonly told: readonly number[];
  /** Of these, those that carry no marker of any run: as long as they live they are nobody's. */
  readonly strangers: readonly number[];
  /** A process could not be told: it is just executing a program or just ending. Look again soon. */
  readonly isUnsettled: boolean;
  /** Have ended since the PIDs were looked up, or nearly. What they had just forked may not have been seen yet. */
  readonly gone: readonly number[];
}

/** Most environments are some KB; one that fills it makes it larger. */
let buffer = Buffer.allocUnsafeSlow(32_768);

/** The marker of a run that was given this environment. */
export const markerOf = (name: Omit<RunMarker, 'home'>, env: Environment): RunMarker => ({
  app: name.app,
  path: name.path,
  run: name.run,
  home: homeIn(env, homedir()),
});

/** Hands over those of `pids` that carry the marker, each at the moment it is seen: it may have started the next one when all of them have been looked at. */
export function findBearers(pids: readonly number[], wanted: Wanted, onSight: (bearer: Bearer) => void): Found {
  const told: number[] = [];
  const strangers: number[] = [];
  const gone: number[] = [];
  let isUnsettled = false;
  for (const pid of pids) {
    const found = pid === process.pid || pid === wanted.keeperPid ? 'other' : lookAt(pid, wanted);
    (found === 'gone' || found === 'unsettled' ? gone : told).push(pid);
    if (typeof found === 'object') onSight(found);
    if (found === 'stranger') strangers.push(pid);
    isUnsettled ||= found === 'unsettled';
  }
  return { told, strangers, isUnsettled, gone };
}

type Look = 'gone' | 'unsettled' | 'other' | 'stranger';

/** `gone`: it has ended; `unsettled`: it cannot be told now; `other`: it is none of the run's; `stranger`: nor of any other's. */
function lookAt(pid: number, wanted: Wanted): Bearer | Look {
  const first = environOf(pid);
  if (first === 'gone') return first;
  if (first === 'silent') return whatIsSilent(pid, wanted);
  if (first === 'other') return first;
  if (!ofRun(first, wanted)) return hasMarker(first) ? 'other' : 'stranger';
  const stat = readProcess(pid);
  const owner = ownerOf(pid);
  if (!stat || !owner) return 'gone';
  // A thread's process is looked at by its own number.
  if (owner.process !== pid || stat.startTicks < wanted.startTicks || stat.ppid === wanted.keeperPid) return 'other';
  // Again, after its start time: what was read first may have been of another process with this number.
  const second = environOf(pid);
  if (second === 'silent') return 'unsettled';
  if (second === 'gone' || second === 'other') return second;
  const marker = ofRun(second, wanted);
  if (marker && isElsewhere(pid, marker)) return 'other';
  const { name, startTicks, pgrp, session } = stat;
  return marker ? { pid, name, startTicks, pgrp, session, marker, uid: owner.uid } : 'other';
}

/**
 * Is the home of its marker another folder than ours of that name? So it is in a container, whose processes we see as well: their portsup has the
 * same home as ours by name. A sandbox that shows no home at all is one of our own run's.
 */
function isElsewhere(pid: number, { home }: RunMarker): boolean {
  const [there, here] = [`/proc/${pid}/root${home}/lock`, `${home}/lock`].map(statsOf);
  return there !== undefined && here !== undefined && (there.ino !== here.ino || there.dev !== here.dev);
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // EACCES, ELOOP: whatever is in the way, it tells nothing.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** The marker in an environment, if it is one of those that are wanted. */
function ofRun(environ: Buffer, wanted: Wanted): RunMarker | undefined {
  const marker = markerIn(environ, homedir());
  return marker && isWanted(marker, wanted.marker) ? marker : undefined;
}

/** The environment a process was executed with. It is empty for kernel threads, zombies and between programs, hence `silent`; `other`: we may not see it. */
function environOf(pid: number): Buffer | 'gone' | 'silent' | 'other' {
  try {
    const fd = openSync(`/proc/${pid}/environ`, 'r');
    try {
      for (;;) {
        const length = readSync(fd, buffer, 0, buffer.length, 0);
        if (length === 0) return 'silent';
        if (length < buffer.length) return buffer.subarray(0, length);
        buffer = Buffer.allocUnsafeSlow(4 * buffer.length);
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return why(error);
  }
}

const KTHREADD = 2;
/** As proc(5) counts the fields of /proc/PID/stat. */
const [STATE, PPID, STARTTIME, ENV_START, ENV_END] = [3, 4, 22, 50, 51];

/**
 * What a process is that shows no environment. Within execve(2), for a moment, and when about to end it has none, and the kernel
 * says 0 for where it ends. Of an empty one (`env -i`) it says where that is. Where it says that there is one by now, execve(2) has
 * ended since: an environment that was opened before and is read afterwards is that of the program before, which is gone.
 */
export function whatIsSilent(pid: number, { startTicks, keeperPid }: Pick<Wanted, 'startTicks' | 'keeperPid'>): Look {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before the third field may hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): string => fields[number - STATE] ?? '';
    const parent = Number(field(PPID));
    const isKernel = pid === KTHREADD || parent === KTHREADD;
    const isEmpty = field(ENV_END) !== '0' && field(ENV_END) === field(ENV_START);
    if (isKernel) return 'stranger';
    if (parent === keeperPid || isEmpty || Number(field(STARTTIME)) < startTicks) return 'other';
    return field(STATE) === 'Z' || field(STATE) === 'X' ? 'gone' : 'unsettled';
  } catch (error) {
    return why(error);
  }
}

/** The process that a number belongs to (itself, unless it is a thread's) and its real user. */
function ownerOf(pid: number): { readonly process: number; readonly uid: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return { process: Number(/^Tgid:\s*(\d+)/m.exec(status)?.[1]), uid: Number(/^Uid:\s*(\d+)/m.exec(status)?.[1]) };
  } catch (error) {
    why(error);
    return undefined;
  }
}

/** What is normal when processes of others are read, or that end meanwhile. */
function why(error: unknown): 'gone' | 'other' {
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ESRCH') return 'gone';
  if (errno === 'EACCES' || errno === 'EPERM') return 'other';
  throw error;
}
