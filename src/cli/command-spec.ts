/** What a command is: the one description that the parser, the help and the completion read. */
import type { OptionSpec } from './option-values.js';

/** Where the help lists a command. */
export type Section = 'everyday' | 'inspecting' | 'configuration' | 'machine';

/** One command. */
export interface CommandSpec {
  /** One word, or two where a group has several ("daemon status"). */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly section: Section;
  /** What comes after the name: "NAME... [-- ARG...]". Each word in it says what stands there, see cli/completion/wanted.ts. */
  readonly operands: string;
  /** How many operands it takes, at least and at most. */
  readonly arity: readonly [number, number];
  /** Does it take words after "--" by themselves? */
  readonly passes: boolean;
  /** Is a word like "-5" an operand, not an option? Left out: no. */
  readonly hasNumbers?: true;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Command lines, the first one the most usual; what follows "  # " says what one does, and is a comment to a shell, too. */
  readonly examples: readonly string[];
}

/** What commands of two words have in common: "daemon". */
export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
  /** As those of a command. */
  readonly examples: readonly string[];
}

/** What there is to choose from. */
export interface Grammar {
  readonly commands: readonly CommandSpec[];
  readonly groups: readonly GroupSpec[];
  /** Options of every command. */
  readonly globals: readonly OptionSpec[];
}

/** The commands of a group, in the order of the list. */
export const commandsOf = (group: string, { commands }: Pick<Grammar, 'commands'>): readonly CommandSpec[] =>
  commands.filter((command) => command.name.startsWith(`${group} `));

/** The word by which a command of a group is known in it: "status" of "daemon status". */
export const lastWordOf = ({ name }: CommandSpec): string => name.slice(name.indexOf(' ') + 1);

/** The words of the operands before and after "--": "NAME... [-- ARG...]" is [NAME] and [ARG]. */
export function formOf({ operands }: Pick<CommandSpec, 'operands'>): readonly [readonly string[], readonly string[]] {
  const [before = '', after = ''] = operands.split('--');
  const words = (text: string): readonly string[] => text.match(/[A-Z]+/g) ?? [];
  return [words(before), words(after)];
}
