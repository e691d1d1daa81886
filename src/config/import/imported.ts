/** What a converter makes of another program's configuration, before it is written down. */
import { isMapping, type Mapping } from '../path.js';

/** Something that reads differently in portsup, or has no counterpart: it becomes a comment. */
export interface Note {
  /** The field as the source calls it; "" for what is about no single field. */
  readonly field: string;
  /** Its value as the comment shows it; "" without a field. */
  readonly was: string;
  /** What became of it, or what to do instead. */
  readonly text: string;
}

/** A service (no `children`) or a supervisor: its fields in the order in which they are written, and the notes above them. */
export interface ImportedNode {
  /** A valid name, unique among its siblings. */
  readonly name: string;
  readonly notes: readonly Note[];
  readonly fields: Mapping;
  readonly children?: readonly ImportedNode[];
}

/** A whole configuration; `name` is "" where the folder's name is the application's. */
export interface Imported extends ImportedNode {
  readonly children: readonly ImportedNode[];
}

/** What one field of the source becomes: fields of portsup, a comment, or both; never nothing, so that nothing is dropped. */
export type Outcome =
  | { readonly set: Mapping; readonly say?: string }
  | { readonly set?: undefined; readonly say: string }
  /** Put elsewhere by somebody who says so there. */
  | { readonly set?: undefined; readonly say?: undefined; readonly taken: true };

/** Text that needs no quotes in a comment. */
const PLAIN_TEXT = /^[\w./:@%+*$,{}()<>=~-][\w ./:@%+*$,{}()<>=~|&?!'"-]*$/;

/** A value of the source as a comment shows it: one line, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string' && PLAIN_TEXT.test(value)) return value;
  // JSON has no word for what only a program can return, and lets line separators pass.
  const json = JSON.stringify(showable(value)) ?? 'nothing';
  return json.replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function showable(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return `(a ${typeof value})`;
  if (typeof value === 'bigint' || value instanceof RegExp) return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(showable);
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, showable(part)]));
  return typeof value === 'object' && value !== null ? '(an object of a class)' : value;
}

/** A note about a field. */
export const noteOn = (field: string, value: unknown, text: string): Note => ({ field, was: shown(value), text });

/** A note about no single field. */
export const remark = (text: string): Note => ({ field: '', was: '', text });

/** The fields of both; of a field that both have and that is a mapping, its keys. What stands later wins. */
export function mergeFields(left: Mapping, right: Mapping): Mapping {
  const merged = new Map(Object.entries(left));
  for (const [name, value] of Object.entries(right)) {
    const before = merged.get(name);
    merged.set(name, isMapping(before) && isMapping(value) ? { ...before, ...value } : value);
  }
  return Object.fromEntries(merged);
}
