import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { errnoOf, PortsupError, shortageOf } from '../base/errors.js';
import { report } from './report.js';

/** macOS: open(2) takes the lock itself. */
const O_EXLOCK = 0x20;
const SIGNATURE_BYTES = 16;
/** Exit code of flock(1) when somebody else holds the lock. */
const CONFLICT = 1;

/** The lock of a home, which this process holds until its end. */
export interface Lock {
  /** Who held it before has not signed off: it was killed, or the machine was. */
  readonly wasLeft: boolean;
  /** To be called last: whoever takes the lock next knows that everything was ended well. */
  signOff(): void;
}

/**
 * Takes the lock of a home for as long as this process lives; undefined when somebody else holds it. The kernel gives it
 * back at our end, even by SIGKILL, so it is never stale: it belongs to the open file, which no service inherits
 * (close-on-exec), and whose descriptor is on purpose never closed.
 *
 * @throws {@link PortsupError} `FAILED` if flock(1) is missing, fails, or cannot be started for want of files, processes or memory.
 */
export function takeLock(path: string): Lock | undefined {
  return process.platform === 'linux' ? takeByFlock(path) : takeByOpen(path);
}

/** Node cannot lock files, flock(1) of util-linux and busybox can: what it locks is the open file that it shares with us. */
function takeByFlock(path: string): Lock | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { status, error, stderr } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd], encoding: 'utf8' });
  if (status === 0) return signLock(fd);
  closeSync(fd);
  if (status === CONFLICT) return undefined;
  throw cannotLock(path, error ?? stderr.trim());
}

/** Only a flock(1) that is not there is a reason to install one. */
function cannotLock(path: string, reason: Error | string): PortsupError {
  const shortage = shortageOf(reason);
  if (shortage) return new PortsupError('FAILED', `cannot lock ${path}: ${shortage.what}`, shortage.hint);
  const hint =
    errnoOf(reason) === 'ENOENT'
      ? 'portsup needs the program "flock" (package util-linux) in PATH'
      : 'portsup locks its home with "flock -n": try that by hand';
  return new PortsupError('FAILED', `cannot lock ${path} (${typeof reason === 'string' ? reason : reason.message})`, hint);
}

function takeByOpen(path: string): Lock | undefined {
  try {
    return signLock(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK, 0o600));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Who holds it stands in it, for those who wonder whether a daemon may yet come. The lock does not depend on it. */
function signLock(fd: number): Lock {
  const before = Buffer.alloc(SIGNATURE_BYTES);
  const wasLeft = before.toString('latin1', 0, readSync(fd, before, 0, SIGNATURE_BYTES, 0)).trim() !== '';
  sign(fd, String(process.pid));
  return { wasLeft, signOff: () => sign(fd, '') };
}

/** Always the same length: so it can be written on a full disk, too, where the file has been there before. */
function sign(fd: number, text: string): void {
  try {
    writeSync(fd, `${text.padEnd(SIGNATURE_BYTES - 1)}\n`, 0);
  } catch (error) {
    // ENOSPC: the lock holds all the same, but nobody is told by whom.
    report('cannot sign the lock', error);
  }
}
