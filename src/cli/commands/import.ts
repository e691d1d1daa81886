import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { errnoOf, PortsupError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { convertExported, convertText, formatOf, type SourceFacts } from '../../config/import/convert.js';
import { FORMAT_NAMES, FORMATS, type Format, isProgram } from '../../config/import/format.js';
import { badSource } from '../../config/import/import-source.js';
import type { Imported } from '../../config/import/imported.js';
import { type IniFile, includedBy } from '../../config/import/supervisord.js';
import { configOf, countFields, notesOf, yamlOf } from '../../config/import/write.js';
import { readScript } from '../../config/script-source.js';
import { shownPath } from '../../config/shown-path.js';
import { textOf } from '../arguments.js';
import type { Context } from '../context.js';
import { factsOf, filesMatching } from '../import-facts.js';
import { note } from '../note.js';
import { suggestion, usage } from '../option-values.js';
import { printJson } from '../print-json.js';
import { keepStdout } from '../screen.js';

/** `import FILE`: prints the configuration of another process manager as portsup's. Starts and writes nothing. */
export async function importFile(context: Context): Promise<number> {
  const { line, json, out } = context;
  const [file = ''] = line.operands;
  const from = wantedFormat(textOf(line, 'from'));
  const { imported, format } = await convert(file, from, context);
  const notes = notesOf(imported);
  if (json) await printJson(context, { config: configOf(imported), notes });
  else await out.write(yamlOf(imported, headOf(file, format)));
  const told = countFields(notes);
  if (!json && told > 0)
    await note(
      context,
      `note: comments tell of ${told} ${told === 1 ? 'field that reads' : 'fields that read'} differently in portsup, or not at all`,
    );
  return 0;
}

function wantedFormat(wanted: string | undefined): Format | undefined {
  const format = FORMATS.find((name) => name === wanted);
  if (wanted === undefined || format !== undefined) return format;
  throw usage(`--from: "${wanted}" cannot be imported`, suggestion(nearest(wanted, FORMATS)) ?? `use one of: ${FORMATS.join(', ')}`);
}

interface Converted {
  readonly imported: Imported;
  readonly format: Format;
}

async function convert(file: string, from: Format | undefined, { line, cwd }: Context): Promise<Converted> {
  const facts = factsOf(file, { cwd, environment: textOf(line, 'env') });
  const path = resolve(cwd, file);
  const isRun = isProgram(file) && (from === undefined || from === 'pm2');
  const text = await readText(path, facts);
  if (isRun) {
    // It may print what it likes; standard output belongs to the answer.
    keepStdout();
    return { imported: convertExported(await readScript(path), facts), format: 'pm2' };
  }
  const named = { name: basename(file), text, from };
  const format = formatOf(named, facts);
  if (facts.environment !== undefined && format !== 'pm2') {
    throw usage(`--env is for files of PM2, and ${file} is one of ${FORMAT_NAMES[format]}`, 'leave out --env');
  }
  const included = format === 'supervisord' ? await readIncluded({ file, text, folder: facts.folder }, facts, cwd) : [];
  return { imported: convertText(named, format, { facts, included }), format };
}

async function readIncluded(main: IniFile, facts: SourceFacts, cwd: string): Promise<readonly IniFile[]> {
  const patterns = includedBy(main, facts);
  const paths = [...new Set(patterns.flatMap((pattern) => filesMatching(pattern, main.folder)))];
  return Promise.all(
    paths.map(async (path) => {
      const file = shownPath(cwd, path);
      return { file, folder: dirname(path), text: await readText(path, { ...facts, file }) };
    }),
  );
}

async function readText(path: string, facts: SourceFacts): Promise<string> {
  const bytes = await readBytes(path, facts);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw badSource(facts, undefined, { message: 'found bytes that are no UTF-8, expected text', hint: 'save the file as UTF-8' });
}

async function readBytes(path: string, { file }: SourceFacts): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const reason = { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'it is a folder' }[code] ?? code;
    throw new PortsupError(
      'CONFIG_MISSING',
      `cannot read ${file}: ${reason}`,
      'name a file of PM2, supervisord, process-compose, or a Procfile',
      { cause: error },
    );
  }
}

const headOf = (file: string, format: Format): readonly string[] => [
  `Made by "portsup import ${basename(file)}" (${FORMAT_NAMES[format]}). A comment "FIELD: VALUE -- ..." tells of what reads differently here, or has no`,
  'counterpart. Save this as portsup.yaml; "portsup check" validates it, "portsup up" starts it.',
];
