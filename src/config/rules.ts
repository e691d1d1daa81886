/**
 * What supervisors and their children demand of each other (supervision.md, "Refused"), on the configuration as it
 * is written. A field whose own value is wrong is `fields.ts`'s business; here it counts as left out.
 */
import { isName, NAME_EXPECTED } from '../base/names.js';
import { commandFindings } from './command-rules.js';
import { DEFAULTS } from './defaults.js';
import { type Finding, foundText } from './finding.js';
import { healthFindings } from './health-rules.js';
import type { ConfigNode } from './kinds.js';
import { ofLevel, rawDecider } from './log-levels.js';
import { LOGS_EXPECTED } from './logs-schema.js';
import { isMapping, type Mapping } from './path.js';
import { triggerFindings } from './trigger-rules.js';

/** The rules between fields that one supervisor or service breaks. */
export function ruleFindings(node: ConfigNode): readonly Finding[] {
  if (!isMapping(node.value)) return [];
  const own =
    node.kind === 'service' || node.kind === 'template'
      ? commandFindings([...node.path, 'command'], node.value['command'], node.value['shell'] === true)
      : supervisorFindings(node, node.value);
  const profiles = node.kind === 'template' && node.value['profiles'] !== undefined ? [templateProfiles(node)] : [];
  const hook = node.kind === 'root' ? commandFindings(['on_event'], node.value['on_event'], false) : [];
  return [
    ...own,
    ...profiles,
    ...hook,
    ...significanceFindings(node, node.value),
    ...logFindings(node, node.value),
    ...triggerFindings(node, node.value),
    ...healthFindings(node, node.value),
  ];
}

const templateProfiles = ({ path }: ConfigNode): Finding => ({
  type: 'value',
  path: [...path, 'profiles'],
  found: 'profiles of a template',
  expected: 'them on the supervisor that it belongs to',
});

function supervisorFindings({ path }: ConfigNode, value: Mapping): readonly Finding[] {
  return value['strategy'] === 'simple_one_for_one' ? dynamicFindings(path, value) : staticFindings(path, value);
}

/** A simple_one_for_one supervisor has one template and nothing else; a significant child among equals has no meaning. */
function dynamicFindings(path: ConfigNode['path'], value: Mapping): readonly Finding[] {
  const findings: Finding[] = [];
  const { services, template, auto_shutdown: autoShutdown } = value;
  if (template === undefined && services === undefined) {
    findings.push({
      type: 'missing',
      path: [...path, 'template'],
      expected: 'the service that its instances run (strategy simple_one_for_one)',
    });
  } else if (services !== undefined) {
    const found = 'services with strategy simple_one_for_one';
    findings.push({ type: 'value', path: [...path, 'services'], found, expected: 'exactly one service, under template' });
  }
  if (autoShutdown === 'any_significant' || autoShutdown === 'all_significant') {
    const found = `${autoShutdown} with strategy simple_one_for_one`;
    findings.push({ type: 'value', path: [...path, 'auto_shutdown'], found, expected: 'never' });
  }
  return findings;
}

function staticFindings(path: ConfigNode['path'], value: Mapping): readonly Finding[] {
  const findings: Finding[] = [];
  const { services, template, strategy } = value;
  if (template !== undefined) {
    const found = `a template with strategy ${typeof strategy === 'string' ? strategy : DEFAULTS.strategy}`;
    findings.push({ type: 'value', path: [...path, 'template'], found, expected: 'services, or strategy simple_one_for_one' });
  } else if (services === undefined) {
    findings.push({ type: 'missing', path: [...path, 'services'], expected: 'a mapping of services' });
  }
  if (!isMapping(services)) return findings;
  if (Object.keys(services).length === 0) {
    findings.push({ type: 'value', path: [...path, 'services'], found: 'an empty mapping', expected: 'at least one service' });
  }
  for (const name of Object.keys(services)) {
    if (!isName(name)) findings.push({ type: 'name', path: [...path, 'services', name], expected: NAME_EXPECTED });
  }
  return findings;
}

function significanceFindings({ path, parent }: ConfigNode, value: Mapping): readonly Finding[] {
  if (value['significant'] !== true || !isMapping(parent?.value)) return [];
  const findings: Finding[] = [];
  const at = [...path, 'significant'];
  const { strategy, auto_shutdown: autoShutdown = DEFAULTS.auto_shutdown } = parent.value;
  const isDynamic = strategy === 'simple_one_for_one';
  if (isDynamic || autoShutdown === 'never') {
    const expected = isDynamic ? 'false' : 'false, or a supervisor with auto_shutdown any_significant or all_significant';
    findings.push({ type: 'value', path: at, found: 'true under auto_shutdown never', expected });
  }
  if ((value['restart'] ?? DEFAULTS.restart) === 'permanent') {
    const found = `true with restart permanent${value['restart'] === undefined ? ' (the default)' : ''}`;
    findings.push({ type: 'value', path: at, found, expected: 'restart transient or temporary for a significant child' });
  }
  return findings;
}

function logFindings(node: ConfigNode, { logs }: Mapping): readonly Finding[] {
  const { path } = node;
  if (isMapping(logs)) return typeof logs['file'] === 'string' ? fileFindings(node) : [];
  // To the schema the instance of a class, a Map for example, is a mapping without keys.
  if (typeof logs !== 'object' || logs === null || Array.isArray(logs)) return [];
  return [{ type: 'value', path: [...path, 'logs'], found: foundText(logs, path), expected: LOGS_EXPECTED }];
}

/** What a raw program writes never passes through portsup, which so has no lines for another file. */
function fileFindings(node: ConfigNode): readonly Finding[] {
  const decider = rawDecider(node);
  if (decider === undefined || !decider.isRaw) return [];
  const found = `a file with raw: true${ofLevel(node, decider)}`;
  return [
    { type: 'value', path: [...node.path, 'logs', 'file'], found, expected: 'raw: false, or no file: a raw program writes its log itself' },
  ];
}
