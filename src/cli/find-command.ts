/** Which command a word means; and where it means none, which one was probably meant. Pure. */
import { nearest } from '../base/nearest.js';
import { type CommandSpec, commandsOf, type Grammar, type GroupSpec, lastWordOf } from './command-spec.js';
import { suggestion, usage } from './option-values.js';
import { hintForOtherTools } from './other-tools.js';

/** A command, or the group whose commands have this word before their own; undefined: neither. */
export function commandNamed(name: string, grammar: Grammar): CommandSpec | GroupSpec | undefined {
  const group = grammar.groups.find((one) => one.name === name);
  return group ?? grammar.commands.find((command) => command.name === name || command.aliases.includes(name));
}

/** Is this a command, not a group? */
export const isCommand = (found: CommandSpec | GroupSpec): found is CommandSpec => 'arity' in found;

/** The command of a group; undefined: there is none of this name. */
export const commandIn = (group: GroupSpec, name: string, grammar: Grammar): CommandSpec | undefined =>
  commandsOf(group.name, grammar).find((command) => lastWordOf(command) === name);

/** The error for a word that is no command: what was probably meant, by its letters or by what other tools call it. */
export function unknownCommand(name: string, grammar: Grammar): Error {
  const known = [...grammar.groups.map((group) => group.name), ...grammar.commands.flatMap(({ name: own, aliases }) => [own, ...aliases])];
  const hint =
    hintForOtherTools(name, grammar.commands) ??
    suggestion(
      nearest(
        name,
        known.filter((one) => !one.includes(' ')),
      ),
    );
  return usage(`unknown command "${name}"`, hint ?? '"portsup --help" lists the commands');
}

/** The error for a word that is no command of its group, or for none at all. */
export function unknownIn(group: GroupSpec, name: string | undefined, grammar: Grammar): Error {
  const names = commandsOf(group.name, grammar).map(lastWordOf);
  const all = `use one of: ${names.map((one) => `portsup ${group.name} ${one}`).join(', ')}`;
  if (name === undefined) return usage(`"${group.name}" needs to know what to do`, all);
  return usage(`unknown command "${group.name} ${name}"`, suggestion(nearest(name, names)) ?? all);
}
