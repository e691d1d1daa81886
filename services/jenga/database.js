// @ts-check
/**
 * A database that stands outside of the tree, as mnesia does in the talk: `node database.js [FILE]`. Tables of values by key, kept in FILE. A question is a
 * line of JSON, {"do": "create" | "put" | "get", table, key, value}; so is its answer, {value} or {error}.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { portOf } from './lib/settings.js';

const [, , file] = process.argv;
/** @type {Record<string, Record<string, unknown>>} */
const tables = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

const server = createServer((socket) => {
  socket.on('error', () => undefined); // Who asks no more needs no answer.
  createInterface({ input: socket }).on('line', (line) => socket.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`));
});
server.listen(portOf('JENGA_DATABASE_PORT'), '127.0.0.1', () => process.stdout.write('the database listens\n'));

/**
 * @param {{ do: string, table: string, key?: string, value?: unknown }} question
 * @returns {{ value: unknown } | { error: string }}
 */
function answer({ do: verb, table, key = '', value = null }) {
  if (verb === 'create') {
    tables[table] ??= {};
    return kept(null);
  }
  const rows = tables[table];
  if (rows === undefined) return { error: `there is no table "${table}"` };
  if (verb === 'get') return { value: rows[key] ?? null };
  if (verb !== 'put') return { error: `"${verb}" is nothing that can be done` };
  rows[key] = value;
  return kept(value);
}

/**
 * Written whole, or not at all.
 *
 * @param {unknown} value
 */
function kept(value) {
  if (file !== undefined) {
    writeFileSync(`${file}.new`, JSON.stringify(tables));
    renameSync(`${file}.new`, file);
  }
  return { value };
}
