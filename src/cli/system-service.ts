/** Runs the programs of the init system (systemctl, loginctl, launchctl) and what looks up a person. */
import { execFile } from 'node:child_process';
import { errnoOf, messageOf } from '../base/errors.js';
import type { Environment } from '../config/environment.js';

/** How a program ended and what it said. */
export interface ToolResult {
  /** Its exit code; 128 when it could not be started, or was killed: then `stderr` has the reason. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of PATH to its end, with nothing on its standard input; undefined when there is no such program.
 * Its failure is a result. It is killed after a minute.
 */
export type RunTool = (program: string, ...args: readonly string[]) => Promise<ToolResult | undefined>;

/** Longest time for one of them: they ask another process, which may be busy, or gone. */
const LIMIT_MS = 60_000;
const KILLED = 128;

/** `RunTool` with this environment. */
export const toolsWith =
  (env: Environment): RunTool =>
  (program, ...args) =>
    new Promise((resolve) => {
      const options = { env: { ...env, LC_ALL: 'C', SYSTEMD_COLORS: '0' }, encoding: 'utf8', timeout: LIMIT_MS } as const;
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        if (errnoOf(error) === 'ENOENT') resolve(undefined);
        // A program that could not be started has the negative errno there.
        else if (child.exitCode !== null && child.exitCode >= 0)
          resolve({ code: child.exitCode, stdout: stdout.trim(), stderr: stderr.trim() });
        else resolve({ code: KILLED, stdout: stdout.trim(), stderr: messageOf(error) });
      });
      child.stdin?.end();
    });
