/** What process-compose fills in before it reads anything: variables of the environment, and templates. */
import { isMapping, type Mapping } from '../path.js';
import { literal, type TextPart, withReferences } from './literal.js';

/** How the texts of a file are to be read. */
export interface TextRules {
  /** disable_env_expansion: a dollar is a dollar. */
  readonly isPlain: boolean;
}

const VARIABLE = /\$\$|\$\{([A-Za-z_]\w*)(?::?[-=]([^}$]*))?\}/g;

/** A text for a field in which portsup fills in variables. process-compose takes an empty text for one that is not set. */
export function filledText(text: string, { isPlain }: TextRules): string {
  if (isPlain) return literal(text);
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(VARIABLE)) {
    parts.push(text.slice(at, match.index));
    const [whole, name, fallback = ''] = match;
    if (name === undefined) parts.push('$');
    else parts.push({ reference: `\${${name}:-${fallback}}` });
    at = match.index + whole.length;
  }
  return withReferences(joined([...parts, text.slice(at)]));
}

/** Texts beside each other as one, so that two dollars that meet are seen. */
function joined(parts: readonly TextPart[]): readonly TextPart[] {
  const result: TextPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result;
}

/** A text for any other field; undefined when it has variables, which portsup does not fill in there. */
export function fixedText(text: string, { isPlain }: TextRules): string | undefined {
  if (isPlain) return text;
  return text.replaceAll('$$', '').includes('${') ? undefined : text.replaceAll('$$', '$');
}

/** What process-compose would do to a text and portsup cannot: `${X^^}`, `{{ if ... }}`. Empty: nothing. */
export function unknownParts(value: unknown, rules: TextRules): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownParts(item, rules));
  if (isMapping(value)) return Object.values(value).flatMap((item) => unknownParts(item, rules));
  if (typeof value !== 'string') return [];
  const functions = rules.isPlain ? [] : (value.replace(VARIABLE, '').match(/\$\{[^}]*\}?/g) ?? []);
  return [...functions, ...(value.match(/\{\{.*?\}\}/gs) ?? [])];
}

/** A value with the plain templates (`{{.NAME}}`) of all its texts filled in; others stay as they are. */
export function rendered(value: unknown, vars: Mapping): unknown {
  if (Array.isArray(value)) return value.map((item) => rendered(item, vars));
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rendered(item, vars)]));
  if (typeof value !== 'string') return value;
  return value.replace(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (whole, name: string) => {
    const found = Object.hasOwn(vars, name) ? vars[name] : undefined;
    return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : whole;
  });
}
