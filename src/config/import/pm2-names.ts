/** The fields of a PM2 app have many names: here each gets one. */
import type { Mapping } from '../path.js';
import { type Note, noteOn } from './imported.js';

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  script: ['cmd', 'command'],
  interpreter: ['exec_interpreter'],
  node_args: ['interpreter_args'],
  out_file: ['out', 'output', 'out_log'],
  error_file: ['error', 'err', 'err_file', 'err_log'],
  log_file: ['log'],
  pid_file: ['pid'],
  cron_restart: ['cron'],
  merge_logs: ['combine_logs'],
  uid: ['user'],
};

const canonical = new Map(Object.entries(ALIASES).flatMap(([name, aliases]) => aliases.map((alias) => [alias, name] as const)));

/** An app with each field under its one name. */
export interface NamedApp {
  readonly app: Mapping;
  /** As the source calls a field. */
  readonly written: (field: string) => string;
  /** About what stands there under two names. */
  readonly notes: readonly Note[];
}

/** Brings the fields of an app under their one name: PM2 also knows other words, and camelCase, for most of them. */
export function withOneNameEach(app: Mapping): NamedApp {
  const found = new Map<string, unknown>();
  const written = new Map<string, string>();
  const notes: Note[] = [];
  // The field's own name counts before the others, wherever it stands.
  const entries = Object.entries(app).sort(([left], [right]) => Number(nameOf(left) !== left) - Number(nameOf(right) !== right));
  for (const [field, value] of entries) {
    const name = nameOf(field);
    const first = written.get(name);
    if (first === undefined) {
      found.set(name, value);
      written.set(name, field);
    } else {
      notes.push(noteOn(field, value, `left out: another name of ${first}, which is there, too`));
    }
  }
  return { app: Object.fromEntries(found), written: (field) => written.get(field) ?? field, notes };
}

function nameOf(field: string): string {
  if (field.startsWith('env_')) return field;
  const snake = field === 'windowsHide' ? field : field.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return canonical.get(snake) ?? snake;
}
