import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errnoOf } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import { ownHome } from '../base/own-home.js';
import type { Environment } from '../config/environment.js';
import { keeperPid } from './keeper.js';

/**
 * The home that an environment means, with the socket where its daemon has it. A login shell has XDG_RUNTIME_DIR; cron, sudo and
 * the machine's init system have not, and a daemon that was started by one of them must be found from all of them. So while a
 * keeper lives its XDG_RUNTIME_DIR counts (Linux; elsewhere hardly anybody has one).
 */
export function reachableHome(env: Environment): HomeLayout {
  const usual = ownHome(env);
  if (env['PORTSUP_HOME'] || process.platform !== 'linux') return usual;
  const keeper = keeperPid(usual);
  const runtime = keeper === undefined ? undefined : runtimeFolderOf(keeper);
  return runtime === undefined || runtime === (env['XDG_RUNTIME_DIR'] ?? '') ? usual : ownHome({ ...env, XDG_RUNTIME_DIR: runtime });
}

/** XDG_RUNTIME_DIR of a process, empty when it has none; undefined when nobody tells. */
function runtimeFolderOf(pid: number): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return variables.find((variable) => variable.startsWith('XDG_RUNTIME_DIR='))?.slice('XDG_RUNTIME_DIR='.length) ?? '';
  } catch (error) {
    const errno = errnoOf(error);
    // It has just ended, or is somebody else's.
    if (errno === 'ENOENT' || errno === 'ESRCH' || errno === 'EACCES' || errno === 'EPERM') return undefined;
    throw error;
  }
}

/** The keeper runs in "/": a relative PORTSUP_HOME must mean the same to it as to us. */
export function withAbsoluteHomes(env: Environment, cwd: string): Environment {
  const absolute = ['PORTSUP_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR'].flatMap((name) =>
    env[name] ? [[name, resolve(cwd, env[name])] as const] : [],
  );
  return { ...env, ...Object.fromEntries(absolute) };
}
