/**
 * Reads supervisord's files the way Python's configparser does for it. Written here because the maintained readers of ini
 * files know neither continued lines nor keys with `:`, take the dots in a section's name for nesting, and tell no lines.
 *
 * A line that begins with `;` or `#` is a comment, and so is what follows either after a space. A line that is indented deeper
 * than its key goes on with the key's value. Keys are of lower case; what is said twice counts as it was said last.
 */

/** One `key = value`. */
export interface IniEntry {
  readonly key: string;
  /** Lines are joined by "\n". */
  readonly value: string;
  /** Of its key, counted from 1. */
  readonly line: number;
}

/** One `[name]` and what stands below it. */
export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

/** The sections of a text, or the first line that is none of all this. */
export type IniResult =
  | { readonly ok: true; readonly sections: readonly IniSection[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

interface OpenEntry {
  readonly key: string;
  readonly lines: string[];
  readonly line: number;
  readonly indent: number;
}

interface OpenSection {
  readonly name: string;
  readonly line: number;
  readonly entries: Map<string, OpenEntry>;
}

/** Reads a text; never throws. A section that stands twice is one. */
export function readIni(text: string): IniResult {
  const sections = new Map<string, OpenSection>();
  let section: OpenSection | undefined;
  let entry: OpenEntry | undefined;
  for (const [index, written] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const content = withoutComment(written);
    const indent = written.search(/\S|$/);
    if (content === '') {
      // An empty line does not end a value that goes on below it; a comment stands for nothing at all.
      if (written.trim() === '') entry?.lines.push('');
    } else if (entry !== undefined && indent > entry.indent) {
      entry.lines.push(content);
    } else if (/^\[[^\]]+\]/.test(content)) {
      section = openSection(content.slice(1, content.indexOf(']')), line, sections);
      entry = undefined;
    } else {
      if (section === undefined) return { ok: false, line, message: 'found a line before the first [section]' };
      entry = openEntry(content, line, indent);
      if (entry === undefined) return { ok: false, line, message: 'found neither [section] nor key=value' };
      // What is said twice moves to its last place.
      section.entries.delete(entry.key);
      section.entries.set(entry.key, entry);
    }
  }
  return { ok: true, sections: [...sections.values()].map(closed) };
}

function openSection(name: string, line: number, sections: Map<string, OpenSection>): OpenSection {
  const section = sections.get(name) ?? { name, line, entries: new Map<string, OpenEntry>() };
  sections.set(name, section);
  return section;
}

function openEntry(content: string, line: number, indent: number): OpenEntry | undefined {
  const at = content.search(/[=:]/);
  const key = content.slice(0, at).trim().toLowerCase();
  return at < 1 || key === '' ? undefined : { key, lines: [content.slice(at + 1).trim()], line, indent };
}

/** What is left of a line, without spaces at its ends. */
function withoutComment(line: string): string {
  const trimmed = line.trim();
  if (/^[;#]/.test(trimmed)) return '';
  const at = line.search(/\s[;#]/);
  return (at === -1 ? line : line.slice(0, at)).trim();
}

const closed = ({ name, line, entries }: OpenSection): IniSection => ({
  name,
  line,
  entries: [...entries.values()].map((entry) => ({ key: entry.key, line: entry.line, value: entry.lines.join('\n').trimEnd() })),
});
