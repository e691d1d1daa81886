import { readFileSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';

/**
 * The words of a process, each ended by NUL: what it was executed with, or what it has written there itself. Empty while it executes a program, and
 * of a zombie; undefined where it cannot be told (there is no such process, or we may not look). Linux only.
 */
export function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
