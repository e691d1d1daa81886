/** Values of supervisord.conf: expansions, variables, sizes. */
import { type TextPart, withReferences } from './literal.js';

/** What `%(name)s` may stand for besides variables of the environment. */
export type Expansions = Readonly<Record<string, string | number>>;

/** A text with its expansions done, or what could not be expanded. */
export type Expanded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly unknown: string };

/**
 * Does the expansions of a text, as Python's `%` operator does. `%(ENV_X)s` becomes portsup's own `${X}` where portsup fills
 * that in (`isFilled`); elsewhere it cannot be expanded.
 */
export function expand(text: string, expansions: Expansions, isFilled: boolean): Expanded {
  let unknown: string | undefined;
  const lone = text.replace(/%%|%\([^)]*\)#?[-0 +]*\d*(?:\.\d+)?[sdixXo]/g, '').indexOf('%');
  if (lone !== -1) return { ok: false, unknown: 'a lone "%"' };
  const parts = text.split(/(%%|%\([^)]*\)[#0-9 +.-]*[sdixXo])/).map((part, index): TextPart => {
    if (index % 2 === 0) return part;
    if (part === '%%') return '%';
    const [, name = '', width = ''] = /^%\(([^)]*)\)([#0-9 +.-]*)/.exec(part) ?? [];
    if (Object.hasOwn(expansions, name)) return padded(expansions[name] ?? '', width);
    if (/^ENV_\w+$/.test(name) && isFilled) return { reference: `\${${name.slice(4)}}` };
    unknown ??= `%(${name})s`;
    return '';
  });
  if (unknown !== undefined) return { ok: false, unknown };
  return { ok: true, text: isFilled ? withReferences(parts) : parts.join('') };
}

function padded(value: string | number, width: string): string {
  const [, zero, size] = /^(0?)(\d*)$/.exec(width) ?? [];
  return String(value).padStart(Number(size ?? 0), zero === '0' ? '0' : ' ');
}

/**
 * The variables of `KEY="value",KEY2=value2`, as supervisord reads it: quotes keep spaces and commas, and a backslash takes the
 * meaning from a character. Undefined: it is no such list.
 */
export function environmentOf(text: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  const pair = /\s*([\w/.+\-():]+)\s*=\s*((?:"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^]|[^\s,"'\\])*)\s*(?:,|$)/y;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    pair.lastIndex = at;
    const match = pair.exec(text);
    if (match === null) return undefined;
    found.set(match[1] ?? '', unquoted(match[2] ?? ''));
    at = pair.lastIndex;
  }
  return found;
}

const unquoted = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\[^])*"|'[^']*'|\\[^]/g, (part) => {
    if (part.startsWith('\\')) return part.slice(1);
    const inside = part.slice(1, -1);
    return part.startsWith("'") ? inside : inside.replace(/\\(["\\])/g, '$1');
  });

/** Bytes of a size such as 50MB; supervisord's suffixes are KB, MB and GB. */
export function sizeOf(text: string): string | undefined {
  return /^\d+(?:kb|mb|gb)?$/i.test(text.trim()) ? text.trim().toLowerCase() : undefined;
}

/** yes, true, on, 1 and their contrary, as supervisord spells them. */
export function switchOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['yes', 'true', 'on', '1'].includes(word)) return true;
  return ['no', 'false', 'off', '0'].includes(word) ? false : undefined;
}
