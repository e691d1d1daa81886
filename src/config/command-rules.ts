import { splitCommand } from './command.js';
import { type Finding, foundText } from './finding.js';
import type { ConfigNode } from './kinds.js';

/** What a schema cannot say of a command; what is no command at all is the schema's business. */
export function commandFindings(path: ConfigNode['path'], command: unknown, isShellLine: boolean): readonly Finding[] {
  const refuse = (found: string, expected: string): readonly Finding[] => [{ type: 'value', path, found, expected }];
  if (Array.isArray(command)) {
    if (isShellLine) return refuse('a list with shell: true', 'one shell line');
    if (command.length === 0) return refuse('an empty list', 'a program');
    if (command[0] === '') return refuse('an empty program', 'a program');
    const broken = command.findIndex((word) => typeof word === 'string' && word.includes('\0'));
    return broken === -1 ? [] : [{ type: 'value', path: [...path, broken], found: 'a NUL character', expected: 'text without one' }];
  }
  if (typeof command !== 'string') return [];
  if (command.includes('\0')) return refuse('a NUL character', 'text without one');
  if (command.trim() === '') return refuse(foundText(command, []), isShellLine ? 'a shell line' : 'a program');
  if (isShellLine) return [];
  const split = splitCommand(command);
  if (!split.ok) return refuse(split.found, split.expected);
  return split.words[0] === undefined || split.words[0] === '' ? refuse('an empty program', 'a program') : [];
}
