/**
 * The socket of systemd's sd_notify protocol: a datagram socket of its own for each service, by which it is known who sends. That is all that is known: Node
 * and its packages give no credentials of a sender (SCM_CREDENTIALS), so whoever of a service's processes may write to its socket speaks for it
 * (systemd: NotifyAccess=all), and so does whoever else runs as its user.
 */
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type * as Sockets from 'node-unix-socket';
import { errnoOf, messageOf } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import { type NotifyMessage, readNotify } from '../../health/notify-message.js';
import type { RunName } from '../service-environment.js';

/** Other users may not enter our folders. */
const SHARED = process.platform === 'linux' ? '/run' : '/var/run';

/** The path of a service's socket: no longer than that of our own (see `maxSocketPath`), however long its names are. */
export function notifyPath(
  { home, runtime }: Pick<HomeLayout, 'home' | 'runtime'>,
  { app, path }: Pick<RunName, 'app' | 'path'>,
  uid: number,
): string {
  const stem = `n-${hashOf(`${app}:${path}`).slice(0, 10)}`;
  return uid === process.geteuid?.() ? `${runtime}/${stem}` : `${SHARED}/portsup-notify-${hashOf(home).slice(0, 16)}/${stem}`;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Makes room for it: what an earlier daemon has left there goes.
 *
 * @throws the system's error.
 */
export function placeForNotify(path: string, uid: number): void {
  if (uid !== process.geteuid?.()) {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true });
    // Everybody may pass, nobody may look into it; whatever our umask is.
    chmodSync(folder, 0o711);
  }
  rmSync(path, { force: true });
}

/** Removes it, and of the shared ones the folder with the last. What cannot be removed (EROFS, EACCES, ENOTEMPTY) is in nobody's way. */
export function removeNotify(path: string): void {
  try {
    rmSync(path, { force: true });
    if (path.startsWith(`${SHARED}/portsup-notify-`)) rmdirSync(dirname(path));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Who is told of what. */
export interface NotifyListener {
  readonly onMessage: (message: NotifyMessage) => void;
  readonly onTrouble: (message: string) => void;
}

/**
 * Listens at a path, for what this user sends there. The returned function ends that.
 *
 * @throws Error that says what is wrong, and what to do.
 */
export async function listenForNotify(path: string, uid: number, { onMessage, onTrouble }: NotifyListener): Promise<() => void> {
  const { DgramSocket } = await loadSockets();
  const socket = new DgramSocket();
  socket.on('data', (bytes: Buffer) => onMessage(readNotify(bytes.toString('utf8'))));
  socket.on('error', (error: Error) => onTrouble(`its notifications cannot be read any more: ${error.message}`));
  try {
    socket.bind(path);
    if (uid !== process.geteuid?.()) chownSync(path, uid, -1);
    chmodSync(path, 0o600);
  } catch (error) {
    socket.close();
    throw new Error(`the socket for its notifications cannot be made at ${path}: ${messageOf(error)}`, { cause: error });
  }
  return () => socket.close();
}

/** Node has no datagram sockets of this kind. The package is optional, as it is machine code, and only this needs it. */
async function loadSockets(): Promise<typeof Sockets> {
  try {
    return await import('node-unix-socket');
  } catch (error) {
    const why =
      errnoOf(error) === 'ERR_MODULE_NOT_FOUND' || errnoOf(error) === 'MODULE_NOT_FOUND' ? 'is not installed' : 'cannot be loaded';
    throw new Error(
      `"notify" takes the package node-unix-socket, which ${why}: install portsup without "--omit=optional", or use another kind of "ready"`,
      { cause: error },
    );
  }
}
