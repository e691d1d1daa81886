import { readProcess } from './process-table.js';

/**
 * When a process was started, in the kernel's ticks since boot: together with the PID it tells a process from a later
 * one with the same PID. Undefined when there is no such process, and on systems without /proc (macOS).
 */
export function startTicksOf(pid: number): number | undefined {
  return process.platform === 'linux' ? readProcess(pid)?.startTicks : undefined;
}
