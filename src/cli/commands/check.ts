import type { LoadedConfig } from '../../config/load.js';
import { problemsOf } from '../../config/problems.js';
import { isGiven } from '../arguments.js';
import type { Context } from '../context.js';
import { loadFor } from '../load.js';
import { countServices } from '../planned.js';

/** `check`: validates the configuration and starts nothing; with --schema prints what editors validate it by. With --json the problems are the answer, and the error still ends the command. */
export async function check(context: Context): Promise<number> {
  const { line, json, out } = context;
  if (isGiven(line, 'schema')) return printSchema(context);
  const loaded = await loadOrShow(context);
  if (isGiven(line, 'resolved') && !json) {
    const { resolvedYaml } = await import('../../config/resolved.js');
    await out.write(resolvedYaml(loaded, { showValues: isGiven(line, 'show-values') }));
    return 0;
  }
  const services = countServices(loaded.root);
  if (json)
    await out.print([
      JSON.stringify({ ok: true, app: loaded.app, file: loaded.file, services, problems: [] }, null, out.isTerminal ? 2 : undefined),
    ]);
  else await out.print([`ok: ${services} ${services === 1 ? 'service' : 'services'}`]);
  return 0;
}

/** Needs no configuration. */
async function printSchema({ out }: Context): Promise<number> {
  const { jsonSchema } = await import('../../config/json-schema.js');
  await out.print([JSON.stringify(jsonSchema(), null, 2)]);
  return 0;
}

async function loadOrShow(context: Context): Promise<LoadedConfig> {
  const { json, out } = context;
  try {
    return await loadFor(context);
  } catch (error) {
    const problems = problemsOf(error);
    if (json && problems.length > 0) await out.print([JSON.stringify({ ok: false, problems }, null, out.isTerminal ? 2 : undefined)]);
    throw error;
  }
}
