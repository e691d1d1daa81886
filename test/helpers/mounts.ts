/** Disks that are full or read-only, for real. Linux, and only where this process may mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { makeTestFolder, removeTestFolder } from './run.js';

/** May this process mount? A container's root often may not. */
export const canMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = makeTestFolder();
  try {
    mount('-t', 'tmpfs', 'tmpfs', folder);
    unmount(folder);
    return true;
  } catch {
    // EPERM of mount(8), or no such program: its tests are skipped.
    return false;
  } finally {
    removeTestFolder(folder);
  }
})();

/** Makes `folder` a disk of so many KB of its own. The caller unmounts it. */
export function mountSmallDisk(folder: string, sizeKb: number): void {
  mkdirSync(folder, { recursive: true });
  mount('-t', 'tmpfs', '-o', `size=${sizeKb}k,mode=0700`, 'tmpfs', folder);
}

/** From now on nothing below `folder` can be opened for writing, made or renamed. What is open stays so. The caller unmounts it. */
export function mountReadOnly(folder: string): void {
  mount('--bind', folder, folder);
  mount('-o', 'remount,bind,ro', folder);
}

/** Undoes one mount; at once, also while it is used. */
export function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
}

/** Undoes all mounts at a folder, however many there are: for after a test, however that ended. */
export function unmountAll(folder: string): void {
  try {
    for (;;) unmount(folder);
  } catch {
    // EINVAL of umount(8): nothing is mounted there any more.
  }
}

/** Takes all the room there is on a disk. Gives back what makes it free again. */
export function fillDisk(file: string): () => void {
  const fd = openSync(file, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4_096));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(fd);
  }
  return () => {
    rmSync(file);
  };
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}
