/** Which boot of which system this is, as far as processes are concerned, and whether a process of it is the one that is meant. */
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { errnoOf } from './errors.js';
import { isLiving, readProcess, startTicksOf } from './process-stat.js';
import type { Held } from './run-state.js';

/**
 * Names the present boot: state that carries another name tells of processes that are all gone. A container that was started anew
 * is another one, although its kernel is the same.
 */
export function bootOf(): string {
  if (process.platform === 'linux') return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${startTicksOf(1) ?? 0}`;
  return String(Math.round(Date.now() / 1_000 - uptime()));
}

/**
 * Does the process that was started for a run still run? A zombie does not. Where the system tells no start times, whoever has the
 * number now is taken for it: so it is only ever asked about there by a keeper that has looked all the time since.
 */
export function isRunning({ pid, startTicks }: Pick<Held, 'pid' | 'startTicks'>): boolean {
  if (process.platform === 'linux') {
    const stat = readProcess(pid);
    return stat ? stat.startTicks === startTicks && isLiving(stat) : isHidden(pid);
  }
  return exists(pid);
}

/**
 * Where /proc is mounted with "hidepid" it shows no process that is not dumpable (ssh-agent, whoever drops privileges), also of our own. One
 * that we may signal and that leads a group, as every main process does, is taken for it: else it would be started a second time.
 */
const isHidden = (pid: number): boolean => exists(pid) && exists(-pid);

/** Is there a process (or, negative, a group) of ours with this number? One that is somebody else's, who has it by now, is not. */
export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ESRCH' || errno === 'EPERM') return false;
    throw error;
  }
}
