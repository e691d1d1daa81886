/** The configuration that a command line means, for the commands that run or check it. */
import { PortsupError, shortageOf } from '../base/errors.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { textsOf } from './arguments.js';
import type { Context } from './context.js';
import { shellWord } from './render/shell-word.js';
import { keepStdout } from './screen.js';

/**
 * Loads the configuration given with `-f` (once or more), or the nearest one. One that is a program may print what it likes: from here on
 * that goes to standard error.
 *
 * @throws PortsupError what `loadConfig` throws, with a hint that fits this command line.
 */
export async function loadFor({ line, cwd, env }: Context): Promise<LoadedConfig> {
  const file = textsOf(line, 'file');
  keepStdout();
  try {
    return await loadConfig({ file, cwd, env, profiles: textsOf(line, 'profile') });
  } catch (error) {
    if (!(error instanceof PortsupError)) throw error;
    throw withFittingHint(error, line.command?.name === 'check' ? '' : checkHint(file));
  }
}

function withFittingHint(error: PortsupError, checkAgain: string): PortsupError {
  const { code, message, cause } = error;
  const hint = code === 'CONFIG_INVALID' ? checkAgain : shortageOf(cause)?.hint;
  return hint === undefined ? error : new PortsupError(code, message, hint, { cause });
}

const checkHint = (files: readonly string[]): string =>
  `"portsup check${files.map((file) => ` -f ${shellWord(file)}`).join('')}" checks the file again without starting anything`;
