/** Asking for help: `portsup help ...`, `--help`, or no command at all. */

import { globalOptions, grammar } from './command-list.js';
import type { CommandSpec, GroupSpec } from './command-spec.js';
import { commandIn, commandNamed, isCommand, unknownCommand, unknownIn } from './find-command.js';
import { renderCommandHelp, renderGroupHelp, renderHelp } from './render/help.js';
import type { Screen } from './screen.js';

/** Prints the help of a command or a group; undefined: of portsup. */
export async function printHelp(subject: CommandSpec | GroupSpec | undefined, screen: Screen): Promise<void> {
  const columns = screen.width();
  if (subject === undefined) await screen.print(renderHelp(grammar, columns));
  else if (isCommand(subject)) await screen.print(renderCommandHelp(subject, globalOptions, columns));
  else await screen.print(renderGroupHelp(subject, grammar, columns));
}

/**
 * What the words after "help" mean; undefined for none.
 *
 * @throws {@link PortsupError} `USAGE` for what is no command, with the nearest one.
 */
export function helpSubject([first, second]: readonly string[]): CommandSpec | GroupSpec | undefined {
  if (first === undefined) return undefined;
  const found = commandNamed(first, grammar);
  if (found === undefined) throw unknownCommand(first, grammar);
  if (second === undefined) return found;
  const inGroup = isCommand(found) ? undefined : commandIn(found, second, grammar);
  if (inGroup) return inGroup;
  throw isCommand(found) ? unknownCommand(`${first} ${second}`, grammar) : unknownIn(found, second, grammar);
}
