/** File descriptors that the keeper was started with: one to answer on, and others that must go no further. */
import { closeSync, fstatSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';
import type { LaunchAnswer } from './protocol.js';
import { report } from './report.js';

const LAUNCH_FD = 3;
const O_CLOEXEC = 0o2000000;

let answered = false;

/**
 * Writes the answer to whoever started the keeper and closes the descriptor; only the first call counts.
 * A keeper that was started by hand has nobody to answer: then a failure goes to its standard error.
 */
export function answerLaunch(answer: LaunchAnswer): void {
  if (answered) return;
  answered = true;
  if (answer.launch === 'failed') report(answer.message);
  // Node's spawn makes pipes from Unix sockets; anything else at this number is Node's own and must not be touched.
  if (!isSocket(LAUNCH_FD)) return;
  try {
    writeSync(LAUNCH_FD, `${JSON.stringify(answer)}\n`);
  } catch (error) {
    // EPIPE: who started us has gone.
    if (errnoOf(error) !== 'EPIPE') report('cannot answer who started this keeper', error);
  }
  closeSync(LAUNCH_FD);
}

/**
 * Closes descriptors that a launching shell had open (`exec 200>lock`), so that no service inherits them. Node marks
 * only 0 to 15 close-on-exec; its own all carry that mark, so one without it is inherited. Linux only.
 */
export function closeStrangeFds(): void {
  if (process.platform !== 'linux') return;
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd > LAUNCH_FD && isInherited(fd)) closeSync(fd);
  }
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch (error) {
    // ENOENT: the descriptor that listed the folder.
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch (error) {
    if (errnoOf(error) === 'EBADF') return false;
    throw error;
  }
}
