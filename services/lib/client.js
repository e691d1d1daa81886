// @ts-check
/** `client M N`: prints crunch(M, N) as service_b computes it. Whatever fails is said in one line on stderr, with code 1. */
import process from 'node:process';
import { callMethod, NoAnswer } from './rpc-client.js';
import { portOf } from './settings.js';
import { Fault } from './xmlrpc-values.js';

const USAGE = 'usage: client M N (two integers)';

try {
  process.stdout.write(`${await main(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/**
 * @param {readonly string[]} words
 * @returns {Promise<string>}
 */
async function main(words) {
  const [first, second] = words;
  if (words.length !== 2 || first === undefined || second === undefined) throw new Error(USAGE);
  const [m, n] = [toInteger(first), toInteger(second)];
  const port = portOf('SERVICE_B_PORT');
  try {
    return String(await callMethod({ port }, 'crunch', [m, n]));
  } catch (error) {
    throw new Error(explain(error, `crunch(${m}, ${n})`, port), { cause: error });
  }
}

/**
 * @param {string} word
 * @returns {bigint}
 */
function toInteger(word) {
  if (!/^[+-]?\d{1,32}$/.test(word)) throw new Error(`client: "${word}" is not an integer; ${USAGE}`);
  return BigInt(word.replace('+', ''));
}

/**
 * @param {unknown} error
 * @param {string} call
 * @param {number} port
 * @returns {string} one line: what failed, and what to do
 */
function explain(error, call, port) {
  if (error instanceof Fault)
    return `client: ${call} failed with fault ${error.code}: ${error.message}; "npx portsup ps" shows what is running`;
  if (!(error instanceof NoAnswer)) return `client: ${call} failed: ${error instanceof Error ? error.message : String(error)}`;
  switch (error.kind) {
    case 'refused':
      return `client: nobody listens at http://localhost:${port} (connection refused); start service_b with "npx portsup up"`;
    case 'lost':
      return `client: service_b ended during the call ${call} and left it unanswered; "npx portsup history service_b" says why (N must be 1 or more)`;
    case 'other':
      return `client: no answer from http://localhost:${port}: ${error.message}; is that service_b? See "npx portsup ps"`;
    default:
      return error.kind;
  }
}
