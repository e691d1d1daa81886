/** What is to be started at boot, for whom, and where that is written down. */
import { createHash } from 'node:crypto';
import { basename, isAbsolute } from 'node:path';
import { homeLayout } from '../../base/home.js';
import type { Environment } from '../../config/environment.js';
import { inheritedEnvironment } from '../../config/environment.js';

/** A person of this machine. */
export interface BootUser {
  readonly name: string;
  readonly uid: number;
  /** The home folder that the system gives to what it starts for them. */
  readonly folder: string;
}

/** One start of portsup at boot. */
export interface BootJob {
  readonly init: 'systemd' | 'launchd';
  /** By the person's own systemd or launchd, or by that of the machine. */
  readonly scope: 'user' | 'system';
  /** The unit's name without ".service"; the label of the plist. */
  readonly name: string;
  /** Where the unit or plist stands. */
  readonly file: string;
  /** Where it would stand in the other scope: two of them for one home get in each other's way. */
  readonly otherFile: string;
  readonly user: BootUser;
  /** The home of the portsup that is started. */
  readonly home: string;
  readonly node: string;
  readonly launcher: string;
  /** What portsup needs to find that home, and PATH. Services have the environment they were brought up with. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a job is made of. */
export interface JobFacts {
  readonly platform: string;
  readonly scope: BootJob['scope'];
  readonly me: BootUser;
  /** Whom it is for: me or somebody else. */
  readonly user: BootUser;
  /** Mine. */
  readonly env: Environment;
  /** My home folder as I see it: HOME may say something else than the system. */
  readonly myFolder: string;
  readonly node: string;
  readonly launcher: string;
}

/** The job for these facts. The same person and home give the same name and file on each call. */
export function jobOf(facts: JobFacts): BootJob {
  const { scope, user, env, node, launcher } = facts;
  const isMine = user.uid === facts.me.uid;
  const folder = isMine ? facts.myFolder : user.folder;
  const deciding = isMine ? env : { PORTSUP_HOME: env['PORTSUP_HOME'] };
  const { home } = homeLayout({ env: deciding, userHome: folder, isOurFolder: () => false });
  const isUsual = home === homeLayout({ env: {}, userHome: folder, isOurFolder: () => false }).home;
  const init = facts.platform === 'darwin' ? 'launchd' : 'systemd';
  const nameIn = (where: BootJob['scope']): string => (isUsual ? usualName(where, user) : namedAfter(home));
  const fileIn = (where: BootJob['scope']): string =>
    `${folderOf(where, { init, folder, config: deciding['XDG_CONFIG_HOME'] })}/${nameIn(where)}${init === 'launchd' ? '.plist' : '.service'}`;
  const environment = environmentOf(deciding, {
    PATH: inheritedEnvironment(env)['PATH'],
    HOME: folder === user.folder ? undefined : folder,
  });
  const files = { file: fileIn(scope), otherFile: fileIn(scope === 'user' ? 'system' : 'user') };
  return { init, scope, name: nameIn(scope), ...files, user, home, node, launcher, environment };
}

/** Each person's usual home is another one, so in the folder of the machine it has the person's name. */
const usualName = (scope: BootJob['scope'], user: BootUser): string =>
  scope === 'user' || user.uid === 0 ? 'portsup' : `portsup-${asName(user.name)}`;

/** Readable, and never that of another home. */
const namedAfter = (home: string): string =>
  `portsup-${asName(basename(home))}-${createHash('sha256').update(home).digest('hex').slice(0, 6)}`;

/** What may stand in the name of a unit ("@" would make it a template). */
const asName = (text: string): string => text.replace(/[^\w.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'home';

interface Places {
  readonly init: BootJob['init'];
  /** The person's home folder. */
  readonly folder: string;
  /** XDG_CONFIG_HOME, which counts when it is absolute. */
  readonly config: string | undefined;
}

function folderOf(scope: BootJob['scope'], { init, folder, config }: Places): string {
  if (init === 'launchd') return scope === 'user' ? `${folder}/Library/LaunchAgents` : '/Library/LaunchDaemons';
  if (scope === 'system') return '/etc/systemd/system';
  return `${config && isAbsolute(config) ? config : `${folder}/.config`}/systemd/user`;
}

/** PORTSUP_HOME decides where it is set; else XDG_STATE_HOME does, then HOME. */
function environmentOf(
  deciding: Environment,
  given: { readonly PATH: string | undefined; readonly HOME: string | undefined },
): Record<string, string> {
  const { PORTSUP_HOME, XDG_STATE_HOME } = deciding;
  const wanted = { ...given, PORTSUP_HOME, XDG_STATE_HOME: PORTSUP_HOME ? undefined : XDG_STATE_HOME };
  return Object.fromEntries(Object.entries(wanted).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
