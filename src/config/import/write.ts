/** An imported configuration as text with comments, and as a value. */
import { Document, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Mapping } from '../path.js';
import type { Imported, ImportedNode, Note } from './imported.js';

/** A note and the service or supervisor that it is about, as its path in the configuration (`services.web`; "" is the top level). */
export interface PlacedNote extends Note {
  readonly path: string;
}

/** The configuration as a plain value. */
export function configOf(imported: Imported): Mapping {
  return imported.name === '' ? bodyOf(imported) : { name: imported.name, ...bodyOf(imported) };
}

function bodyOf({ fields, children }: ImportedNode): Mapping {
  if (children === undefined) return fields;
  return { ...fields, services: Object.fromEntries(children.map((child) => [child.name, bodyOf(child)])) };
}

/** All notes, in the order of the file. */
export function notesOf(node: ImportedNode, path = ''): readonly PlacedNote[] {
  const own = node.notes.map((note) => ({ path, ...note }));
  const below = (node.children ?? []).flatMap((child) => notesOf(child, `${path === '' ? '' : `${path}.`}services.${child.name}`));
  return [...own, ...below];
}

/** How many of these notes are about a field of the source. */
export const countFields = (notes: readonly Note[]): number => notes.filter(({ field }) => field !== '').length;

/**
 * The configuration as YAML, each note as a comment at what it is about; the lines of `head` are the first comment, those of `tail` the last.
 * Text is quoted where it has to be, and what is short stands on one line.
 */
export function yamlOf(imported: Imported, head: readonly string[], tail: readonly string[] = []): string {
  const document = new Document(configOf(imported), { aliasDuplicateObjects: false });
  if (!isMap(document.contents)) throw new Error('a configuration is a mapping');
  const top = document.contents as YAMLMap<Scalar>;
  commentOn(top, imported);
  shorten(top);
  document.commentBefore = comment(head) ?? null;
  document.comment = comment(tail) ?? null;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function commentOn(map: YAMLMap<Scalar>, { notes, children }: ImportedNode): void {
  const text = comment(notes.map(noteText));
  const [first] = map.items;
  if (text !== undefined && first !== undefined) first.key.commentBefore = text;
  if (children === undefined) return;
  const services = map.items.find(({ key }) => key.value === 'services')?.value as YAMLMap<Scalar>;
  for (const [index, child] of children.entries()) {
    const pair = services.items[index];
    if (pair === undefined || !isMap(pair.value)) throw new Error(`${child.name} was not written`);
    if (index > 0) pair.key.spaceBefore = true;
    commentOn(pair.value as YAMLMap<Scalar>, child);
  }
}

/** Each line with a space before it, as it stands behind "#"; undefined for none. */
const comment = (lines: readonly string[]): string | undefined =>
  lines.length === 0 ? undefined : lines.map((line) => ` ${line}`).join('\n');

/** A note as the line of a comment. */
export const noteText = ({ field, was, text }: Note): string => (field === '' ? text : `${field}: ${was} -- ${text}`);

/** Lists and mappings of a few short scalars stand on one line. */
function shorten(map: YAMLMap<Scalar>): void {
  for (const { key, value } of map.items as readonly Pair<Scalar>[]) {
    if (isSeq(value)) value.flow = value.items.every(isScalar) && String(value).length < 140;
    if (isMap(value)) {
      const small = key.value === 'logs' || key.value === 'limits';
      if (small && value.items.every((pair) => isScalar(pair.value))) value.flow = true;
      else shorten(value as YAMLMap<Scalar>);
    }
  }
}
