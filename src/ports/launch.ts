/** How a program is executed that has more of its own than command, folder and environment: a user, a niceness, a umask, limits. */
import { getPriority } from 'node:os';
import { errnoOf, messageOf } from '../base/errors.js';
import { type Account, accountName } from './accounts.js';
import { type Attributes, chainFor } from './launch-chain.js';
import { type Privileges, readPrivileges } from './privileges.js';
import { type FailedStart, obstacleTo } from './start-error.js';
import { findTool } from './tools.js';

/** A program as it is to run. */
export interface Launch {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly attributes: Attributes;
  /** Null: as portsup. */
  readonly account: Account | null;
}

/** Who executes it. */
export interface Launcher {
  readonly keeperPid: number;
  /** It sets the umask itself. */
  readonly hasUmask: boolean;
}

/** What the keeper is to execute, or why it cannot be done. */
export type LaunchPlan =
  | {
      readonly ok: true;
      readonly argv: readonly string[];
      /** For the first of `argv`; the program gets what it is to have. */
      readonly env: Readonly<Record<string, string>>;
      /** Undefined: the keeper's own, or somebody else sets it. */
      readonly umask: number | undefined;
      /** As what the process shows itself, one after the other, until it is the program: its command line, each word ended by NUL. Empty: it is at once. */
      readonly before: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/**
 * Plans it with what this machine has, within what we may do now.
 *
 * @throws {@link PortsupError} `FAILED`, or the system's error, where that cannot be told now (EMFILE).
 */
export function planLaunch(launch: Launch, { keeperPid, hasUmask }: Launcher): LaunchPlan {
  const { argv, attributes } = launch;
  const niceness = attributes.nice === null ? 0 : nicenessOf(keeperPid);
  if (typeof niceness === 'string') return { ok: false, problem: niceness };
  const problem = beyondRights(attributes, { niceness, own: readPrivileges() }) ?? unseenObstacle(launch);
  if (problem !== undefined) return { ok: false, problem };
  const chain = chainFor({ ...launch, niceness, hasUmask, platform: process.platform, findTool });
  if (typeof chain === 'string') return { ok: false, problem: chain };
  const { stages, env } = chain;
  const whole = [...stages.flat(), ...argv];
  const begins = stages.map((_, index) => stages.slice(0, index).flat().length);
  const umask = attributes.umask === null || !hasUmask ? undefined : Number.parseInt(attributes.umask, 8);
  return { ok: true, argv: whole, env, umask, before: begins.map((begin) => commandLine(whole.slice(begin))) };
}

/** A text says why it cannot be told: a keeper may have been killed a moment ago (ESRCH). */
function nicenessOf(pid: number): number | string {
  try {
    return getPriority(pid);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return `nice: the niceness of portsup's keeper (PID ${pid}) cannot be told: ${messageOf(error)}`;
  }
}

const commandLine = (words: readonly string[]): string => words.map((word) => `${word}\0`).join('');

/** What of it takes rights that we do not have; undefined: nothing. Pure. */
export function beyondRights(
  { nice, limits: { nofile, core } }: Attributes,
  { niceness, own }: { readonly niceness: number; readonly own: Privileges },
): string | undefined {
  if (nice !== null && nice < niceness && nice < own.leastNice)
    return `nice: ${nice} goes before portsup's own niceness (${niceness}), which takes root (CAP_SYS_NICE)`;
  if (nofile !== null && nofile > own.mostFiles)
    return `limits.nofile: ${nofile} is more than this kernel allows (fs.nr_open is ${own.mostFiles})`;
  if (own.mayRaiseLimits) return undefined;
  if (nofile !== null && nofile > own.hardFiles) return beyond('nofile', String(nofile), { hard: own.hardFiles, unit: 'LimitNOFILE' });
  const bytes = core === 'unlimited' ? Number.POSITIVE_INFINITY : core;
  if (bytes !== null && bytes > own.hardCore) return beyond('core', String(core), { hard: own.hardCore, unit: 'LimitCORE' });
  return undefined;
}

const beyond = (field: string, value: string, { hard, unit }: { readonly hard: number; readonly unit: string }): string =>
  `limits.${field}: ${value} is more than portsup's own hard limit of ${hard}, which only root may raise (CAP_SYS_RESOURCE): ` +
  `raise that where portsup is started (ulimit -H, ${unit} of its systemd unit)`;

/**
 * Why the program cannot have been executed at the end of its chain, which has ended with this exit code; undefined: it may well have been, and has
 * ended like this itself. The tools say 126 and 127, and 125 where the folder cannot be entered.
 */
export function whyUnexecuted({ account, ...launch }: Launch, code: number | null): string | undefined {
  return code === 125 || code === 126 || code === 127 ? obstacleTo({ ...launch, who: whoOf(account) }) : undefined;
}

/** Where nobody can see when a chain is over (no /proc), it is looked before. */
const unseenObstacle = ({ account, ...launch }: Launch): string | undefined =>
  process.platform === 'linux' ? undefined : obstacleTo({ ...launch, who: whoOf(account) });

/** An account, as what may keep it from a program is explained. */
export const whoOf = (account: Account | null): FailedStart['who'] => (account ? { ...account, name: accountName(account) } : undefined);
