/**
 * `umask` as people write it. YAML takes 027 for the number 27, and 0o27 for 23: what counts is how it is written. A number that is not written as
 * octal (`22` in YAML, any in JSON, JavaScript and TypeScript) is refused, as nobody can tell whether it was meant so.
 */
import { type Finding, foundText } from './finding.js';
import type { ConfigNode } from './kinds.js';
import { type ConfigPath, isMapping } from './path.js';
import { UMASK_EXPECTED } from './process-schema.js';

/** How a number is written in the file; undefined where that is not known. */
export type Written = (path: ConfigPath) => string | undefined;

const OCTAL = /^0o?[0-7]{1,3}$/;

/** A umask of a service that is a number nobody can be sure of. */
export function umaskFindings({ path, value }: ConfigNode, written: Written): readonly Finding[] {
  const umask = isMapping(value) ? value['umask'] : undefined;
  if (typeof umask !== 'number') return [];
  const at = [...path, 'umask'];
  if (octalOf(umask, written(at)) !== undefined) return [];
  return [{ type: 'value', path: at, found: written(at) ?? foundText(umask, at), expected: UMASK_EXPECTED }];
}

/** A checked umask as three octal digits: "027". */
export function umaskText(umask: string | number, written: string | undefined): string {
  const octal = octalOf(umask, written);
  if (octal === undefined) throw new Error(`unchecked umask: ${umask}`);
  return Number.parseInt(octal.replace('0o', ''), 8).toString(8).padStart(3, '0');
}

/** The octal digits; of a number those it is written with, and 0 to 7 are the same in any case. */
function octalOf(umask: string | number, written: string | undefined): string | undefined {
  if (typeof umask === 'string') return umask;
  if (written !== undefined && OCTAL.test(written)) return written;
  return /^[0-7]$/.test(String(umask)) ? String(umask) : undefined;
}
