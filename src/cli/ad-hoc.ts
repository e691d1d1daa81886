/** What `run` is asked for, as what goes to the daemon. */
import { basename, extname } from 'node:path';
import { isName, nameOfFolder } from '../base/names.js';
import { wireTree } from '../client/bring-up.js';
import { inheritedEnvironment } from '../config/environment.js';
import { loadObject } from '../config/load.js';
import { ENV_NAME_EXPECTED, isVariableName } from '../config/schema.js';
import { literal } from '../config/written-text.js';
import type { RunBody } from '../control/contract.js';
import { type CommandLine, isGiven, textOf, textsOf } from './arguments.js';
import type { Context } from './context.js';
import { usage } from './option-values.js';

/** Programs that run what their first argument names: a service is called after that. */
const INTERPRETERS = /^(?:node|nodejs|bun|deno|tsx|ts-node|python[\d.]*|ruby|perl|php|lua|java|sh|bash|zsh|dash)$/;
const NAME_HINT = 'a letter, then letters, digits, "_" or "-", at most 64';
const RESTARTS = ['permanent', 'transient', 'temporary'] as const;

/**
 * The service that a command line describes, checked as if it stood in a configuration; what it says is taken literally, as the shell has put in its variables
 * already.
 *
 * @param suffix - behind the service's name; default none.
 * @throws PortsupError `USAGE` for what is missing or wrong on the command line; `CONFIG_INVALID` for what a configuration could not hold either.
 */
export async function runBodyOf({ line, cwd, env }: Context, suffix = ''): Promise<RunBody> {
  const command = commandOf(line);
  const name = `${nameOf(line, command)}${suffix}`;
  const service = {
    command: command.map(literal),
    restart: restartOf(line),
    env: Object.fromEntries(textsOf(line, 'env').map(variableOf)),
    ...(textOf(line, 'cwd') !== undefined && { cwd: literal(textOf(line, 'cwd') ?? '') }),
    ...(isGiven(line, 'once') && { stdin: null }),
  };
  const app = applicationOf(line) ?? name;
  const { root } = await loadObject({ config: { name: app, services: { [name]: service } }, folder: cwd, env });
  const wait = !isGiven(line, 'no-wait') && !isGiven(line, 'once');
  return { app, root: wireTree(root), env: inheritedEnvironment(env), wait };
}

function applicationOf(line: CommandLine): string | undefined {
  const given = textOf(line, 'app');
  if (given !== undefined && !isName(given)) throw usage(`-p/--app: "${given}" is no name for an application`, NAME_HINT);
  return given;
}

function commandOf({ operands, passed }: CommandLine): readonly string[] {
  const words = [...operands, ...passed];
  if (words.length === 0) throw usage('"run" needs a command', 'for example: portsup run --name api -- node server.js');
  return words;
}

function nameOf(line: CommandLine, [program = '', ...args]: readonly string[]): string {
  const given = textOf(line, 'name');
  if (given !== undefined && !isName(given)) throw usage(`"${given}" is no name for a service`, NAME_HINT);
  const base = basename(program);
  // Of `sh -c TEXT` the text is no name.
  const isText = args.some((word) => /^-[cem]$/.test(word));
  const script = INTERPRETERS.test(base) && !isText ? args.find((word) => !word.startsWith('-')) : undefined;
  const named = basename(script ?? base);
  return given ?? nameOfFolder(named.slice(0, named.length - extname(named).length) || named);
}

function restartOf(line: CommandLine): (typeof RESTARTS)[number] {
  const given = textOf(line, 'restart');
  const isOnce = isGiven(line, 'once');
  if (isOnce && given !== undefined && given !== 'temporary')
    throw usage(`--once runs it one time, which is not --restart ${given}`, 'leave out one of them');
  const restart = given ?? (isOnce ? 'temporary' : 'permanent');
  const known = RESTARTS.find((one) => one === restart);
  if (known === undefined) throw usage(`--restart: "${restart}" is not ${RESTARTS.join(', ')}`, 'for example --restart transient');
  return known;
}

function variableOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw usage('-e/--env needs NAME=VALUE', 'for example -e PORT=3000; what your shell has is there anyway');
  const name = text.slice(0, at);
  if (!isVariableName(name)) throw usage(`-e/--env: "${name}" cannot be set`, ENV_NAME_EXPECTED);
  return [name, literal(text.slice(at + 1))];
}
