/** What is looked at before a start at boot is written down, and again by `boot status`. */

import { PortsupError } from '../../base/errors.js';
import { isGiven } from '../arguments.js';
import type { Context } from '../context.js';
import { portsupBoot } from './commands.js';
import { doubtful, type Finding } from './finding.js';
import type { BootJob } from './job.js';
import { lookAtHome, lookAtProgram } from './look.js';
import { isOwn } from './unit-file.js';

/** Node, launcher and home of a job. */
export function lookAround(job: BootJob): readonly Finding[] {
  const again = `run "${portsupBoot('enable', job)}"`;
  return [
    lookAtProgram({ check: 'node', path: job.node, user: job.user, remedy: `${again} by the node that is to be used` }),
    lookAtProgram({ check: 'launcher', path: job.launcher, user: job.user, remedy: `${again} by the portsup that is to be used` }),
    lookAtHome(job),
    ...otherFindings(job),
  ];
}

/**
 * No unit and no plist can hold a line break, which would begin a setting of its own there, and systemd starts no program with
 * a quote or a backslash in its path.
 *
 * @throws PortsupError `FAILED` naming the value.
 */
export function mustBeWritable(job: BootJob): void {
  const values = { ...job.environment, node: job.node, portsup: job.launcher, home: job.home, user: job.user.name };
  for (const [name, value] of Object.entries(values)) {
    if (/\p{Cc}/u.test(value))
      throw new PortsupError('FAILED', `${name} has a control character in it: ${JSON.stringify(value)}`, 'give it a plain name');
  }
  if (job.init === 'systemd' && /["'\\]/.test(job.node))
    throw new PortsupError('FAILED', `systemd starts no program with a quote or a backslash in its path: ${job.node}`, 'use another node');
}

/** Two units of one home: whichever comes second at boot finds a daemon that is not its own. */
function otherFindings(job: BootJob): readonly Finding[] {
  if (!isOwn(job.otherFile)) return [];
  const other = portsupBoot('disable', { ...job, scope: job.scope === 'user' ? 'system' : 'user' });
  return [doubtful('unit', `${job.otherFile} starts the same home`, `remove one of them, for example by "${other}"`)];
}

/** Whoever says sudo may mean the portsup that they see without it. */
export function sudoFindings({ env, line }: Context, job: BootJob): readonly Finding[] {
  const caller = env['SUDO_USER'];
  if (!caller || job.user.uid !== 0 || caller === job.user.name || isGiven(line, 'user')) return [];
  return [doubtful('home', `this starts root's portsup (${job.home})`, `for that of ${caller}: sudo portsup boot enable --user ${caller}`)];
}
