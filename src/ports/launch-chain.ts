/**
 * What stands before a program that is to run as somebody else or within limits of its own: small programs of the system, each of which changes one thing
 * about itself and executes the next one, the last the program. So the PID is the program's own from the beginning, and nothing is left
 * of them. Pure.
 *
 * Why not by Node: it can set neither limits nor niceness of a process before that runs, and for a user it drops the supplementary groups. Why not by one
 * line of shell: a shell sets variables (PWD, `_`, SHLVL) and drops those whose names it does not understand (`spring.port`). It is made use of only
 * where the system has nothing better.
 *
 * What runs before the user is switched runs as root, so it gets nothing of the service's environment: see tool-environment.ts.
 */
import type { Account } from './accounts.js';
import { setAside } from './tool-environment.js';

/** What a program has of its own; null: as portsup has it. */
export interface Attributes {
  readonly nice: number | null;
  /** Octal digits. */
  readonly umask: string | null;
  readonly limits: { readonly nofile: number | null; readonly core: number | 'unlimited' | null };
  /** A pipe that it has open under this number, 3 to 9; left out: none. */
  readonly descriptor?: { readonly fd: number; readonly path: string } | undefined;
}

/** What is executed, and what there is to do it with. */
export interface ChainOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly attributes: Attributes;
  /** Null: as portsup. */
  readonly account: Account | null;
  /** The niceness that the first program of the chain begins with. */
  readonly niceness: number;
  /** The keeper sets the umask itself. */
  readonly hasUmask: boolean;
  readonly platform: string;
  /** Absolute path of a tool; undefined where the system has none. */
  readonly findTool: (name: string) => string | undefined;
}

/** One program of a chain, with its arguments; what it executes follows. */
export type Stage = readonly string[];

/** The programs before a program, in order; none where nothing is to be changed. */
export interface Chain {
  readonly stages: readonly Stage[];
  /** What the first of them is executed with; the program gets what it is to have. */
  readonly env: Readonly<Record<string, string>>;
}

/** The programs before the program. A text says which tool they would take and there is not. */
export function chainFor(options: ChainOptions): Chain | string {
  const isAside = options.account !== null || (options.attributes.descriptor !== undefined && !isForShells(options.env));
  const { env, restore } = isAside ? setAside(options.env) : { env: options.env, restore: '' };
  const before = { ...options, env };
  const account = accountStages(before, restore);
  if (typeof account === 'string') return account;
  const whole = options.account === null && restore !== '' ? [envStage(options, restore)] : [];
  const stages = [...descriptorStages(before), ...limitStages(before), ...niceStages(before), ...account, ...whole];
  // What has "=" in its name would be a variable to env(1).
  const isMistakable = stages.at(-1)?.[0]?.endsWith('/env') && options.argv[0]?.includes('=');
  return { stages: isMistakable ? [...stages, niceStage(0, options)] : stages, env };
}

/** Does a shell leave these as they are? It drops a variable whose name it could not have given itself. */
const isForShells = (env: ChainOptions['env']): boolean => Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));

const envStage = ({ findTool }: Pick<ChainOptions, 'findTool'>, restore: string): Stage => [
  findTool('env') ?? '/usr/bin/env',
  '-S',
  restore,
];

/**
 * First, while we still have our rights: the pipe is in a folder of ours. For reading and writing: so there need not be a reader, and what was written stays
 * as long as the program has it open.
 */
const descriptorStages = ({ attributes: { descriptor }, env, findTool }: ChainOptions): readonly Stage[] =>
  descriptor ? shellStages([`exec ${descriptor.fd}<>"$1"`], { env, findTool, word: descriptor.path }) : [];

/** While we still have our rights, as they may be needed for it. */
function limitStages({ attributes: { umask, limits }, hasUmask, env, findTool }: ChainOptions): readonly Stage[] {
  const { nofile, core } = limits;
  const lines = umask === null || hasUmask ? [] : [`umask ${umask}`];
  if (nofile === null && core === null) return shellStages(lines, { env, findTool });
  const prlimit = findTool('prlimit');
  if (prlimit === undefined) {
    // A shell counts in blocks.
    const size = typeof core === 'number' ? Math.ceil(core / 512) : core;
    const own = [...(nofile === null ? [] : [`ulimit -n ${nofile}`]), ...(size === null ? [] : [`ulimit -c ${size}`])];
    return shellStages([...lines, ...own], { env, findTool });
  }
  const own = [...(nofile === null ? [] : [`--nofile=${nofile}:${nofile}`]), ...(core === null ? [] : [`--core=${core}:${core}`])];
  return [...shellStages(lines, { env, findTool }), [prlimit, ...own, '--']];
}

/** What a shell sets of its own accord. */
const SET_BY_SHELLS = ['PWD', 'OLDPWD', 'SHLVL', '_'] as const;

/** A shell that does these lines, with `word` as `$1`, and then goes on; what it has set is taken out again. */
function shellStages(
  lines: readonly string[],
  { env, findTool, word = '' }: Pick<ChainOptions, 'env' | 'findTool'> & { readonly word?: string },
): readonly Stage[] {
  if (lines.length === 0) return [];
  const foreign = SET_BY_SHELLS.flatMap((name) => (env[name] === undefined ? ['-u', name] : []));
  return [
    ['/bin/sh', '-c', [...lines, 'shift && exec "$@"'].join(' && '), 'sh', word],
    [findTool('env') ?? '/usr/bin/env', ...foreign, '--'],
  ];
}

/** Before the user, as it takes root to go first. */
const niceStages = (options: ChainOptions): readonly Stage[] => {
  const { attributes, niceness } = options;
  return attributes.nice === null || attributes.nice === niceness ? [] : [niceStage(attributes.nice - niceness, options)];
};

/** nice(1) counts from where it begins. */
const niceStage = (steps: number, { findTool }: Pick<ChainOptions, 'findTool'>): Stage => [
  findTool('nice') ?? '/usr/bin/nice',
  '-n',
  String(steps),
  '--',
];

function accountStages({ account, cwd, env, platform, findTool }: ChainOptions, restore: string): readonly Stage[] | string {
  if (account === null) return [];
  const [uid, gid, groups] = [String(account.uid), String(account.gid), account.groups.join(',')];
  const tool = findTool('env');
  if (tool === undefined) return 'user and group take env(1) of coreutils, which is not there: install it';
  if (platform !== 'linux') {
    // chroot(8) of macOS is the one tool there that takes all three; it goes to "/".
    const chroot = findTool('chroot');
    if (chroot === undefined) return 'user and group take chroot(8), which is not there';
    const enter = shellStages(['cd -- "$1"'], { env, findTool, word: cwd });
    return [[chroot, '-u', uid, '-g', gid, '-G', groups, '/'], ...enter, ...(restore === '' ? [] : [[tool, '-S', restore]])];
  }
  const setpriv = findTool('setpriv');
  if (setpriv === undefined) return 'user and group take setpriv(1) of util-linux, which is not there: install it';
  // Into its folder once more: that a keeper of root may enter it says nothing of others.
  const enter = [tool, '-C', cwd, ...(restore === '' ? ['--'] : ['-S', restore])];
  return [[setpriv, '--reuid', uid, '--regid', gid, '--groups', groups, '--'], enter];
}
