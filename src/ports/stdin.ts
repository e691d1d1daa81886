import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { errnoOf, PortsupError } from '../base/errors.js';

/**
 * Writes a line to the standard input of a running service: `text` and a newline, all of it or, when the service does
 * not read and its pipe (64 KB on Linux) is full, none or a part, which the error says. Never waits.
 *
 * @param fifoPath - the named pipe that the keeper has opened for this run.
 * @throws {@link PortsupError} `FAILED` when the service has closed its input, has none, or does not read it.
 */
export function writeLine(fifoPath: string, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  const fd = openToWrite(fifoPath);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    throw writeError(error, written, bytes.length);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes as much of `bytes` to the standard input of a running service as its pipe takes now; returns how many that were. Never waits.
 *
 * @throws {@link PortsupError} as {@link writeLine}, but not for a full pipe.
 */
export function writeSome(fifoPath: string, bytes: Buffer): number {
  const fd = openToWrite(fifoPath);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw writeError(error, written, bytes.length);
  } finally {
    closeSync(fd);
  }
  return written;
}

/** Opens the writing end of a run's standard input, whoever else has it open; null where the run reads none. Whoever calls this closes it. */
export function openInput(fifoPath: string): number | null {
  try {
    return openSync(fifoPath, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENXIO' || errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function openToWrite(fifoPath: string): number {
  try {
    return openSync(fifoPath, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENXIO') throw closedInput(error);
    if (errno === 'ENOENT')
      throw new PortsupError('FAILED', 'it has no standard input', 'only a service with "stdin: pipe" has', { cause: error });
    throw error;
  }
}

const closedInput = (cause: unknown): PortsupError =>
  new PortsupError('FAILED', 'it has closed its standard input, or does not run', 'see "portsup ps"', { cause });

function writeError(error: unknown, written: number, length: number): unknown {
  const errno = errnoOf(error);
  if (errno === 'EPIPE') return closedInput(error);
  if (errno !== 'EAGAIN') return error;
  const part = written === 0 ? 'nothing was written' : `only ${written} of ${length} bytes were written`;
  return new PortsupError('FAILED', `its input buffer is full: ${part}`, 'the service does not read its standard input', { cause: error });
}
