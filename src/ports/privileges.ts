/** What this process may do, and so its keeper, which is the same user within the same limits. */
import { readFileSync } from 'node:fs';
import { unreadable } from './unreadable.js';

/** Numbers are Infinity where nothing limits them, or where the system does not tell (macOS). */
export interface Privileges {
  readonly uid: number;
  readonly gid: number;
  readonly maySwitchUser: boolean;
  /** Beyond the hard ones that it has. */
  readonly mayRaiseLimits: boolean;
  /** The lowest niceness that it may give; Infinity: none below its own. */
  readonly leastNice: number;
  /** Hard limits: open files, bytes of a core dump. */
  readonly hardFiles: number;
  readonly hardCore: number;
  /** Nobody may open more files than this. */
  readonly mostFiles: number;
}

const [CAP_SETGID, CAP_SETUID, CAP_SYS_NICE, CAP_SYS_RESOURCE] = [6, 7, 23, 24] as const;

/**
 * What this process may do now.
 *
 * @throws {@link PortsupError} `FAILED` where the system cannot tell it now (EMFILE).
 */
export function readPrivileges(): Privileges {
  const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  if (process.platform === 'linux') {
    const [status, limits, mostFiles] = [textOf('/proc/self/status'), textOf('/proc/self/limits'), textOf('/proc/sys/fs/nr_open')];
    return parsePrivileges(own, { status, limits, mostFiles });
  }
  const isRoot = own.uid === 0;
  const nothing = { hardFiles: Number.POSITIVE_INFINITY, hardCore: Number.POSITIVE_INFINITY, mostFiles: Number.POSITIVE_INFINITY };
  return { ...own, ...nothing, maySwitchUser: isRoot, mayRaiseLimits: isRoot, leastNice: isRoot ? -20 : Number.POSITIVE_INFINITY };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** From what Linux says in /proc/self/status, /proc/self/limits and /proc/sys/fs/nr_open. Pure. */
export function parsePrivileges(own: Pick<Privileges, 'uid' | 'gid'>, { status, limits, mostFiles }: ProcTexts): Privileges {
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const has = (capability: number): boolean => ((capabilities >> BigInt(capability)) & 1n) === 1n;
  const row = (name: string): readonly [soft: number, hard: number] => {
    const [, soft, hard] = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(limits) ?? [];
    return [amount(soft), amount(hard)];
  };
  // What RLIMIT_NICE counts is 20 less the niceness; 0, as nearly everywhere, allows none.
  const [ceiling] = row('Max nice priority');
  return {
    ...own,
    // Whoever is not root loses his capabilities when he executes a program.
    maySwitchUser: own.uid === 0 && has(CAP_SETUID) && has(CAP_SETGID),
    mayRaiseLimits: has(CAP_SYS_RESOURCE),
    leastNice: has(CAP_SYS_NICE) ? -20 : ceiling > 0 ? Math.max(-20, 20 - ceiling) : Number.POSITIVE_INFINITY,
    hardFiles: row('Max open files')[1],
    hardCore: row('Max core file size')[1],
    mostFiles: amount(mostFiles.trim()),
  };
}

/** The texts that Linux has. */
export interface ProcTexts {
  readonly status: string;
  readonly limits: string;
  readonly mostFiles: string;
}

const amount = (text: string | undefined): number => (text === undefined || text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text));
