import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { SpawnOrder } from './protocol.js';

/**
 * Executes the program of a run. A program that cannot be executed is told by the process's `error`, or thrown.
 *
 * @throws the system's error (ENOMEM, E2BIG ...).
 */
export function execute({ argv, cwd, env, umask }: SpawnOrder, stdio: StdioOptions): ChildProcess {
  const [file = '', ...args] = argv;
  // `detached` is setsid(2): a session and a process group of its own, both named by its PID.
  const start = (): ChildProcess => spawn(file, args, { cwd, env, detached: true, stdio });
  if (umask === undefined || umask === null) return start();
  // The child gets ours by fork(2), which is over when `spawn` returns: nobody else makes a file meanwhile.
  const own = process.umask(umask);
  try {
    return start();
  } finally {
    process.umask(own);
  }
}
