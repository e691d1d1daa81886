import { basename } from 'node:path';
import { nearest } from '../../base/nearest.js';
import type { Context } from '../context.js';
import { suggestion, usage } from '../option-values.js';
import { printJson } from '../print-json.js';
import { completionScript } from '../render/completion-scripts.js';
import { isShellName, type ShellName, shellNames } from '../shells.js';

/** `completion [SHELL]`: prints what a shell is to read so that it completes command lines of portsup. */
export async function completion(context: Context): Promise<number> {
  const { line, env, json, out } = context;
  const [name] = line.operands;
  const shell = name === undefined ? ownShell(env['SHELL']) : shellNamed(name);
  const script = completionScript(shell);
  await (json ? printJson(context, { shell, script }) : out.write(script));
  return 0;
}

const CHOICE = `use one of: ${shellNames.map((name) => `portsup completion ${name}`).join(', ')}; see --help`;

function shellNamed(name: string): ShellName {
  if (isShellName(name)) return name;
  throw usage(`"${name}" is not a shell that portsup completes for`, suggestion(nearest(name, shellNames)) ?? CHOICE);
}

/** The shell that a person logs in with. */
function ownShell(path: string | undefined): ShellName {
  const name = basename(path ?? '');
  if (isShellName(name)) return name;
  throw usage(path ? `your shell (${path}) is not one that portsup completes for` : 'which shell? SHELL is not set', CHOICE);
}
