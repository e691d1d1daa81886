/** What a schema cannot say of `cron`. */
import { CRON_EXPECTED, parseCron } from './cron.js';
import { type Finding, foundText } from './finding.js';
import type { ConfigNode } from './kinds.js';
import type { Mapping } from './path.js';

/** The rules that the `cron` of a service breaks. */
export function triggerFindings({ kind, path }: ConfigNode, { cron }: Mapping): readonly Finding[] {
  if (typeof cron !== 'string' || (kind !== 'service' && kind !== 'template')) return [];
  const at = [...path, 'cron'];
  if (kind === 'template') {
    const expected = 'none: nobody could say which instance is meant; a service of its own can have one';
    return [{ type: 'value', path: at, found: 'a cron in a template', expected }];
  }
  const parsed = parseCron(cron);
  if (!('problem' in parsed)) return [];
  return [{ type: 'value', path: at, found: `${foundText(cron, at)} (${parsed.problem})`, expected: CRON_EXPECTED }];
}
