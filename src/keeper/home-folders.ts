import { statSync } from 'node:fs';
import { errnoOf, PortsupError } from '../base/errors.js';
import { makeFolder } from '../base/folders.js';
import { type HomeLayout, maxSocketPath } from '../base/home.js';

/**
 * Makes the folders of a home, 0700 each, or makes sure that they are ours alone.
 *
 * @throws {@link PortsupError} `NOT_PERMITTED` if one belongs to somebody else, is open to others or cannot be made;
 * `USAGE` if the socket's path is longer than the system takes.
 */
export function prepareHome(layout: HomeLayout): void {
  const limit = maxSocketPath(process.platform);
  const length = Buffer.byteLength(layout.socket);
  if (length > limit) {
    const message = `the path of the socket, ${layout.socket}, has ${length} bytes; this system takes ${limit}`;
    throw new PortsupError('USAGE', message, 'set PORTSUP_HOME to a folder with a shorter path');
  }
  for (const folder of [layout.home, layout.runtime, layout.fifos, layout.logs]) ensurePrivate(folder);
}

function ensurePrivate(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    const message = `cannot make the folder ${folder} (${errnoOf(error) ?? String(error)})`;
    throw new PortsupError('NOT_PERMITTED', message, 'set PORTSUP_HOME to a folder that you may write to', { cause: error });
  }
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.()) {
    const owner = uid === 0 ? 'root' : `user ${uid}`;
    const message = `the folder ${folder} belongs to ${owner}, not to you (user ${process.getuid?.()})`;
    throw new PortsupError('NOT_PERMITTED', message, `set PORTSUP_HOME to a folder of your own, or ask ${owner}`);
  }
  if ((mode & 0o077) === 0) return;
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  throw new PortsupError('NOT_PERMITTED', `the folder ${folder} is open to other users (mode ${octal})`, `run "chmod 700 ${folder}"`);
}
