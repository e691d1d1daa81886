import { PortsupError } from '../../base/errors.js';
import { findConfig } from '../../config/find.js';
import type { LoadedConfig } from '../../config/load.js';
import { type ConfigProblem, problemsOf } from '../../config/problems.js';
import { shownPath } from '../../config/shown-path.js';
import { isGiven, textsOf } from '../arguments.js';
import type { Context } from '../context.js';
import { loadFor } from '../load.js';
import { countServices } from '../planned.js';
import { printJson } from '../print-json.js';

/** `check`: validates the configuration and starts nothing; with --schema prints what editors validate it by. With --json the problems are the answer, and the error still ends the command. */
export async function check(context: Context): Promise<number> {
  const { line, json, out } = context;
  if (isGiven(line, 'schema')) return printSchema(context);
  const loaded = await loadOrShow(context);
  const services = countServices(loaded.root);
  if (json) {
    const answer = { ok: true, app: loaded.app, file: loaded.file, services, problems: [], ...(await resolvedIfAsked(context, loaded)) };
    await printJson(context, answer);
  } else if (isGiven(line, 'resolved')) {
    const { resolvedYaml } = await import('../../config/resolved.js');
    await out.write(resolvedYaml(loaded, { showValues: isGiven(line, 'show-values') }));
  } else await out.print([`ok: ${services} ${services === 1 ? 'service' : 'services'}`]);
  return 0;
}

async function resolvedIfAsked({ line }: Context, loaded: LoadedConfig): Promise<{ readonly resolved?: unknown }> {
  if (!isGiven(line, 'resolved')) return {};
  const { resolvedFields } = await import('../../config/resolved.js');
  return { resolved: resolvedFields(loaded, { showValues: isGiven(line, 'show-values') }) };
}

/** Needs no configuration. */
async function printSchema({ out }: Context): Promise<number> {
  const { jsonSchema } = await import('../../config/json-schema.js');
  await out.print([JSON.stringify(jsonSchema(), null, 2)]);
  return 0;
}

async function loadOrShow(context: Context): Promise<LoadedConfig> {
  const { json } = context;
  try {
    return await loadFor(context);
  } catch (error) {
    const problems = json ? problemsToPrint(error, context) : [];
    if (problems.length > 0) await printJson(context, { ok: false, problems });
    throw error;
  }
}

/** What is wrong with the configuration as a whole, or with what was asked of it (profiles), has no place: it is a problem of the first file. */
function problemsToPrint(error: unknown, { line, cwd }: Context): readonly ConfigProblem[] {
  const placed = problemsOf(error);
  if (placed.length > 0 || !(error instanceof PortsupError) || (error.code !== 'CONFIG_INVALID' && error.code !== 'USAGE')) return placed;
  const file = findConfig(cwd, textsOf(line, 'file')[0]);
  const shown = file === undefined ? '' : shownPath(cwd, file);
  return [{ file: shown, line: null, column: null, path: '', message: error.message, excerpt: [] }];
}
