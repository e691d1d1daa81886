/** From a file of another program to portsup's configuration, whatever the program. */

import type { ScriptSource } from '../script-source.js';
import { readYaml } from '../yaml-source.js';
import { FORMAT_NAMES, type Format, formatOfContent, formatOfName, withoutJsonComments } from './format.js';
import { badSource, type ImportSource } from './import-source.js';
import type { Imported } from './imported.js';
import { convertPm2 } from './pm2.js';
import { convertProcessCompose } from './process-compose.js';
import { convertProcfile } from './procfile.js';
import { convertSupervisord, type IniFile } from './supervisord.js';

/** What is known of a source apart from how its values are placed. */
export type SourceFacts = Omit<ImportSource, 'placeOf'>;

/** A text that was read, and whose it is. */
export interface NamedText {
  /** The file's bare name. */
  readonly name: string;
  readonly text: string;
  /** `--from`; undefined: to be found out. */
  readonly from: Format | undefined;
}

/**
 * The format of a text.
 *
 * @throws PortsupError `CONFIG_INVALID` when nothing gives it away.
 */
export function formatOf({ name, text, from }: NamedText, facts: SourceFacts): Format {
  const known = from ?? formatOfName(name);
  if (known !== undefined) return known;
  const { value } = readYaml(jsonOrYaml(name, text));
  const found = formatOfContent({ name, text }, value);
  if (found !== undefined) return found;
  throw badSource(facts, undefined, {
    message: 'neither PM2\'s "apps", nor "processes" of process-compose, nor [program:x] of supervisord, nor "name: command" of a Procfile',
    hint: 'say whose it is with --from pm2, procfile, supervisord or process-compose',
  });
}

/**
 * Converts a text; of supervisord `included` are the files that it includes.
 *
 * @throws PortsupError `CONFIG_INVALID` with file and line when it cannot be read.
 */
export function convertText({ name, text }: NamedText, format: Format, { facts, included }: TextParts): Imported {
  const unplaced: ImportSource = { ...facts, placeOf: () => undefined };
  if (format === 'procfile') return convertProcfile(text, unplaced);
  if (format === 'supervisord') return convertSupervisord([{ file: facts.file, folder: facts.folder, text }, ...included], unplaced);
  const source = readYaml(jsonOrYaml(name, text));
  const [problem] = source.problems;
  if (problem !== undefined)
    throw badSource(facts, problem.place, {
      message: problem.message,
      hint: `mend the file first: ${FORMAT_NAMES[format]} cannot read it either`,
    });
  const convert = format === 'pm2' ? convertPm2 : convertProcessCompose;
  return convert(source.value, { ...facts, placeOf: (path) => source.place(path, 'key') });
}

/** What goes with a text. */
export interface TextParts {
  readonly facts: SourceFacts;
  readonly included: readonly IniFile[];
}

/**
 * Converts what a program (ecosystem.config.js) has exported.
 *
 * @throws PortsupError `CONFIG_INVALID` when it failed, or exports nothing that PM2 could use.
 */
export function convertExported(script: ScriptSource, facts: SourceFacts): Imported {
  const [problem] = script.problems;
  if (problem !== undefined) {
    const isEmpty = problem.message.startsWith('no default export');
    throw badSource(facts, problem.place, {
      message: isEmpty
        ? 'exports nothing, expected module.exports = { apps: [...] }'
        : problem.message.replace('the configuration failed', 'it failed'),
      hint: isEmpty
        ? 'a PM2 file has a list "apps", each with a script'
        : 'the file is a program, and is run to read it: it has to run here without PM2, too',
      cause: script.thrown,
    });
  }
  return convertPm2(script.value, { ...facts, placeOf: () => undefined });
}

const jsonOrYaml = (name: string, text: string): string => (/\.json5?$/i.test(name) ? withoutJsonComments(text) : text);
