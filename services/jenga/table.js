// @ts-check
/** The players at one table: a process that is there as long as somebody plays. It is called by lines of JSON-RPC; all else that it prints is log. */
import process from 'node:process';
import { createInterface } from 'node:readline';

/** @type {Set<string>} */
const players = new Set();

/** @type {Readonly<Record<string, (player: string) => unknown>>} */
const METHODS = {
  join: (player) => [...players.add(player)],
  leave: (player) => players.delete(player) && [...players],
  players: () => [...players],
};

process.stdout.write('a table is set\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = [] } = JSON.parse(line);
  process.stdout.write(`${method} ${params.join(' ')}\n`);
  const answer = Object.hasOwn(METHODS, method)
    ? { result: METHODS[method](params[0]) }
    : { error: { code: -32_601, message: `a table knows no "${method}"` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
});
