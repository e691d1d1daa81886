/** A limit of memory that the kernel really enforces. Linux, and only where this process may make a cgroup. */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';

/** Whoever writes its PID into `procs` may use that little memory; `remove` it when nobody is in it. */
export interface MemoryLimit {
  readonly procs: string;
  readonly remove: () => void;
}

const LIMIT_BYTES = 24 * 1024 * 1024;

/** Makes a limit of 24 MB; undefined where that is not possible. */
export function memoryLimit(): MemoryLimit | undefined {
  for (const [root, file] of [
    ['/sys/fs/cgroup', 'memory.max'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ] as const) {
    const folder = `${root}/portsup-test-${process.pid}`;
    try {
      mkdirSync(folder);
    } catch {
      // ENOENT, EACCES, EROFS: not here, or not for us.
      continue;
    }
    const remove = (): void => {
      rmdirSync(folder);
    };
    try {
      writeFileSync(`${folder}/${file}`, String(LIMIT_BYTES), { flag: 'r+' });
      return { procs: `${folder}/cgroup.procs`, remove };
    } catch {
      // ENOENT: this hierarchy does not limit memory.
      remove();
    }
  }
  return undefined;
}
