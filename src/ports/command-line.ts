import { readFileSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';

/**
 * The words of a process, each ended by NUL: what it was executed with, or what it has written there itself. Empty while it executes a program,
 * of a zombie, and where nobody can look just now (EMFILE); undefined where it cannot be told (there is no such process, or we may not look). Linux only.
 */
export function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return ['EMFILE', 'ENFILE', 'ENOMEM'].includes(errno) ? '' : undefined;
  }
}
