import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, lstatSync, openSync, statSync } from 'node:fs';
import { errnoOf, messageOf, shortageOf } from '../base/errors.js';

/** Paths for one mkfifo(1): about 100 bytes each, far below the limit of a command line. */
const BATCH = 500;

/** Makes named pipes, 0600; those that exist are kept. Resolves with null, or with why one of them cannot be. */
export async function makeFifos(paths: readonly string[]): Promise<string | null> {
  for (let from = 0; from < paths.length; from += BATCH) {
    const problem = await makeBatch(paths.slice(from, from + BATCH));
    if (problem !== null) return problem;
  }
  return null;
}

function makeBatch(paths: readonly string[]): Promise<string | null> {
  return new Promise<string | null>((resolve) => {
    execFile('mkfifo', ['-m', '600', '--', ...paths], (error, _stdout, stderr) => {
      if (error === null) {
        resolve(null);
        return;
      }
      // It goes on after one that exists already, so what counts is what is there now.
      const missing = paths.find((path) => !isFifo(path));
      const reason =
        shortageOf(error)?.what ?? stderr.split('\n').find((line) => missing !== undefined && line.includes(missing)) ?? error.message;
      resolve(missing === undefined ? null : `cannot make the named pipe ${missing} (${reason.trim()})`);
    });
    // ENOMEM and the like are thrown, where others are told to the callback.
  }).catch((error: unknown) => `cannot make named pipes (${messageOf(error)})`);
}

function isFifo(path: string): boolean {
  try {
    return lstatSync(path).isFIFO();
  } catch (error) {
    // ENOENT, ENOTDIR, ENAMETOOLONG ...: whatever it is, mkfifo has said it; an exception here would end the keeper.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/**
 * Opens what a port writes its output into: a pipe, or a file. Also for reading: a pipe with a reader means neither SIGPIPE for it nor loss of what
 * waits in it. For appending: a file has other runs' output, too; to a pipe that means nothing.
 */
export const openOutput = (path: string): number => openSync(path, constants.O_RDWR | constants.O_APPEND);

/** Does another file stand at `path` by now than the one that was opened as `fd`? */
export function isReplaced(fd: number, path: string): boolean {
  try {
    const [ours, there] = [fstatSync(fd), statSync(path)];
    return there.ino !== ours.ino || there.dev !== ours.dev;
  } catch (error) {
    // ENOENT, EACCES: what was opened is as good as ever.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Both ends of a standard input. */
export interface StdinEnds {
  /** For the child; to be closed once it has been spawned. */
  readonly read: number;
  /** Ours: the child reads its end of file when it is closed. */
  readonly write: number;
}

/**
 * Opens the pipe of a standard input for one run. Both ends are new, so what an earlier run did not read is gone. The
 * read end does not block while it is opened, since nobody writes yet; libuv makes it blocking in the child.
 */
export function openStdin(path: string): StdinEnds {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { read, write: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
  } catch (error) {
    closeSync(read);
    throw error;
  }
}

/** Opens our end of a standard input once more, for a run that an earlier keeper has started; null when it does not read any. */
export function openStdinAgain(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENXIO') return null;
    throw error;
  }
}
