import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { errnoOf, PortsupError } from '../../base/errors.js';
import { CONFIG_NAMES } from '../../config/find.js';
import { configOf, notesOf, yamlOf } from '../../config/import/write.js';
import { type FoundFile, HEAD, type Proposal, propose, TAIL } from '../../config/init/propose.js';
import { isGiven, textsOf } from '../arguments.js';
import type { Context } from '../context.js';
import { factsOf, namesIn } from '../import-facts.js';
import { usage } from '../option-values.js';
import { printJson } from '../print-json.js';

/** `init`: writes a portsup.yaml for this folder, from its package.json or Procfile; with --stdout prints it. Never overwrites. */
export async function init(context: Context): Promise<number> {
  const { line, cwd, json, out } = context;
  const file = placeOf(context);
  const folder = dirname(file);
  const isPrinted = isGiven(line, 'stdout');
  if (!isPrinted) mustBeNew(file, textsOf(line, 'file').length === 0);
  const proposal = await proposalFor(folder);
  const text = yamlOf(proposal.config, HEAD, TAIL);
  if (!isPrinted) await writeNew(file, text);
  if (json) {
    const answer = { file: isPrinted ? null : file, config: configOf(proposal.config), notes: notesOf(proposal.config) };
    await printJson(context, answer);
  } else if (isPrinted) await out.write(text);
  else await out.print(summary(relative(cwd, file), proposal));
  return 0;
}

/** Where it is to be written: `-f`, else portsup.yaml here. */
function placeOf({ line, cwd }: Context): string {
  const [wanted] = textsOf(line, 'file');
  if (wanted !== undefined && !/\.ya?ml$/i.test(wanted))
    throw usage(`init writes YAML, not ${wanted}`, `name a file that ends in .yaml, for example -f ${CONFIG_NAMES[0]}`);
  return resolve(cwd, wanted ?? CONFIG_NAMES[0]);
}

/** A second configuration in a folder would hide the first one, or be hidden by it. */
function mustBeNew(file: string, isDefault: boolean): void {
  const names = isDefault ? CONFIG_NAMES : [basename(file)];
  const found = names.find((name) => existsSync(join(dirname(file), name)));
  if (found !== undefined) throw thereAlready(join(dirname(file), found));
}

const thereAlready = (file: string): PortsupError =>
  new PortsupError('FAILED', `${file} is there already`, 'edit it, or move it away first; "portsup init --stdout" only prints a proposal');

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    if (code === 'EEXIST') throw thereAlready(file);
    const isForbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
    const hint = code === 'ENOENT' ? `make the folder ${dirname(file)} first` : '"portsup init --stdout" prints it instead';
    throw new PortsupError(isForbidden ? 'NOT_PERMITTED' : 'FAILED', `cannot write ${file}: ${code}`, hint, { cause: error });
  }
}

async function proposalFor(folder: string): Promise<Proposal> {
  const { file: _file, ...source } = factsOf(join(folder, CONFIG_NAMES[0]), { cwd: folder, environment: undefined });
  const procfiles = [...source.siblings]
    .filter((name) => /^Procfile(?:\.\w+)?$/.test(name))
    .sort((left, right) => left.length - right.length || (left < right ? -1 : 1));
  return propose({
    source,
    packageJson: await fileIn(folder, 'package.json'),
    procfiles: (await Promise.all(procfiles.map((name) => fileIn(folder, name)))).filter((each) => each !== undefined),
    binaries: new Set(namesIn(join(folder, 'node_modules/.bin'))),
  });
}

/** Undefined where there is no such file. */
async function fileIn(folder: string, name: string): Promise<FoundFile | undefined> {
  try {
    return { name, text: await readFile(join(folder, name), 'utf8') };
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'EISDIR') return undefined;
    if (code === undefined) throw error;
    throw new PortsupError('CONFIG_MISSING', `cannot read ${join(folder, name)}: ${code}`, 'check the permissions of the file', {
      cause: error,
    });
  }
}

function summary(file: string, { config, from }: Proposal): readonly string[] {
  const names = config.children.map(({ name }) => name).join(', ');
  const what =
    from === undefined
      ? `an example (${names}), to be edited`
      : `${config.children.length === 1 ? 'the service' : 'the services'} ${names}, from ${from}`;
  return [`wrote ${file}: ${what}`];
}
