import { fieldFindings } from '../../src/config/fields.js';
import { findingText } from '../../src/config/finding.js';
import type { SourceFacts } from '../../src/config/import/convert.js';
import type { ImportSource } from '../../src/config/import/import-source.js';
import type { Imported } from '../../src/config/import/imported.js';
import { configOf, yamlOf } from '../../src/config/import/write.js';
import { nodesOf } from '../../src/config/kinds.js';
import { loadConfig } from '../../src/config/load.js';
import { directoryOf, needFindings } from '../../src/config/needs.js';
import { pathText } from '../../src/config/path.js';
import { problemLine, problemsOf } from '../../src/config/problems.js';
import { ruleFindings } from '../../src/config/rules.js';
import { readYaml } from '../../src/config/yaml-source.js';
import { configFolder } from './config-folder.js';

/** Facts about a machine where nothing is there but what `facts` says. */
export const someFacts = (facts: Partial<ImportSource> = {}): ImportSource => ({
  file: 'source',
  folder: '/srv/shop',
  relativeFolder: '',
  siblings: new Set(),
  processors: 4,
  hostname: 'shop1',
  kindOf: () => 'missing',
  environment: undefined,
  placeOf: () => undefined,
  ...facts,
});

/** The same without places, for what finds them by itself. */
export function sourceFacts(facts: Partial<SourceFacts> = {}): SourceFacts {
  const { placeOf: _placeOf, ...rest } = someFacts(facts);
  return rest;
}

/** The text of an imported configuration. */
export const textOf = (imported: Imported): string => yamlOf(imported, ['Made by a test.']);

/** What `portsup check` has to say about an imported configuration, each problem as a line; and whether its text means its value. */
export function troublesOf(imported: Imported): readonly string[] {
  const text = textOf(imported);
  const source = readYaml(text);
  const syntax = source.problems.map((problem) =>
    problemLine({ file: 'portsup.yaml', line: null, column: null, path: '', message: problem.message }),
  );
  const own = [...nodesOf(source.value)].flatMap((node) => [...fieldFindings(node), ...ruleFindings(node)]);
  const findings = [...own, ...needFindings(directoryOf(source.value, []))];
  const lines = findings.map((finding) => `${pathText(finding.path)}: ${findingText(finding)}`);
  const same = JSON.stringify(source.value) === JSON.stringify(configOf(imported)) ? [] : [`the text means something else: ${text}`];
  return [...syntax, ...lines, ...same];
}

/** What loading a text as portsup.yaml has to say, beside files that it names. Fields to come are not minded. */
export async function loadTroubles(text: string, files: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const folder = configFolder({ 'portsup.yaml': text, ...files });
  try {
    await loadConfig({ cwd: folder.path });
    return [];
  } catch (error) {
    const problems = problemsOf(error);
    if (problems.length === 0) throw error;
    return problems.map(({ path, message }) => `${path}: ${message}`);
  } finally {
    folder.dispose();
  }
}
