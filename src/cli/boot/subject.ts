/** Whom and what a `boot` command is about, from its options and from where it was given. */
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOf, PortsupError } from '../../base/errors.js';
import { isGiven, textOf } from '../arguments.js';
import type { Context } from '../context.js';
import type { RunTool } from '../system-service.js';
import { asRoot } from './commands.js';
import { type BootJob, type BootUser, jobOf } from './job.js';

/** The options that say so: `--system`, and `--user`, which means the machine's init system, too. Root has no other. */
export async function subjectOf({ line, env, keeperProgram }: Context, run: RunTool): Promise<BootJob> {
  const me = myself();
  const name = textOf(line, 'user');
  return jobOf({
    platform: process.platform,
    scope: name !== undefined || isGiven(line, 'system') || me.uid === 0 ? 'system' : 'user',
    me,
    user: name === undefined ? me : await lookUp(name, run),
    env,
    myFolder: homedir(),
    node: process.execPath,
    launcher: join(dirname(keeperProgram), 'portsup.js'),
  });
}

/**
 * Only root may change what the machine's init system starts.
 *
 * @throws {@link PortsupError} `NOT_PERMITTED` with the command to use instead.
 */
export function mustBeAllowed(verb: string, job: BootJob): void {
  if (job.scope === 'system' && process.getuid?.() !== 0)
    throw new PortsupError('NOT_PERMITTED', 'only root may change what this machine starts at boot', `run "${asRoot(verb, job)}"`);
}

function myself(): BootUser {
  const uid = process.getuid?.() ?? 0;
  try {
    const { username, homedir: folder } = userInfo();
    return { name: username, uid, folder };
  } catch (error) {
    // A user without an entry, as in some containers: the number is a name, too.
    if (errnoOf(error) !== 'ERR_SYSTEM_ERROR') throw error;
    return { name: String(uid), uid, folder: homedir() };
  }
}

async function lookUp(name: string, run: RunTool): Promise<BootUser> {
  const found = process.platform === 'darwin' ? await fromDirectory(name, run) : await fromPasswd(name, run);
  if (found === undefined) throw new PortsupError('USAGE', `there is no user "${name}"`, '--user takes the name of a user of this machine');
  return found;
}

/** getent(1) asks all sources of users there are: "name:x:1000:1000:Real Name:/home/name:/bin/sh". */
async function fromPasswd(name: string, run: RunTool): Promise<BootUser | undefined> {
  const result = await run('getent', 'passwd', '--', name);
  const [found, , uid, , , folder] = result?.code === 0 ? result.stdout.split(':') : [];
  return found && folder ? { name: found, uid: Number(uid), folder } : undefined;
}

/** dscl(1): "NFSHomeDirectory: /Users/name" and "UniqueID: 501", in lines. */
async function fromDirectory(name: string, run: RunTool): Promise<BootUser | undefined> {
  const result = await run('dscl', '.', '-read', `/Users/${name}`, 'NFSHomeDirectory', 'UniqueID');
  const field = (key: string): string | undefined => new RegExp(`^${key}:\\s+(.+)$`, 'm').exec(result?.stdout ?? '')?.[1];
  const [folder, uid] = [field('NFSHomeDirectory'), field('UniqueID')];
  return folder !== undefined && uid !== undefined ? { name, uid: Number(uid), folder } : undefined;
}
