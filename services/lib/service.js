// @ts-check
/**
 * The life of a service: it takes its name, listens, says so, and serves until its stdin closes (then it ends with code
 * 0) or a signal ends it. What prevents it from serving is said on stderr, in one line, and ends it with code 1.
 */
import { createServer } from 'node:http';
import process from 'node:process';
import { createRpcListener } from './rpc-server.js';
import { portOf } from './settings.js';

/** @typedef {import('./rpc-server.js').Methods} Methods */

/**
 * Runs a service; to be called once. Resolves when it listens.
 *
 * @param {string} name
 * @param {Parameters<typeof portOf>[0]} portVariable - the environment variable that may move its port
 * @param {Methods} methods
 */
export async function runService(name, portVariable, methods) {
  process.title = name; // for `ps`, and for pgrep where launch.sh could not see to it
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  try {
    const port = portOf(portVariable);
    await listenOnLoopback(createRpcListener(methods), port);
    process.stdout.write(`Listening on port ${port}...\n`);
  } catch (error) {
    return endProcess(`${name}: ${whyNot(error, name)}`);
  }
  // Only now, so that a taken port is told as such also where stdin is /dev/null.
  endWithStdin();
}

/**
 * Ends this process with code 1 once `message` has left it. Returns before that.
 *
 * @param {string} message - a line for stderr
 */
export function endProcess(message) {
  process.stderr.write(`${message}\n`, () => process.exit(1));
}

/**
 * Both addresses that "localhost" stands for, and no other. Of two copies that start at once exactly one gets the first
 * address, and the other one ends without having tried the second.
 *
 * @param {import('node:http').RequestListener} listener
 * @param {number} port
 */
async function listenOnLoopback(listener, port) {
  await listen(listener, '127.0.0.1', port);
  try {
    await listen(listener, '::1', port);
  } catch (error) {
    // Machines and containers without IPv6 are common.
    if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error))) throw error;
  }
}

/**
 * @param {import('node:http').RequestListener} listener
 * @param {string} host
 * @param {number} port
 * @returns {Promise<void>}
 */
function listen(listener, host, port) {
  return new Promise((resolve, reject) => {
    const server = createServer(listener);
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whoever started this service holds the other end of its stdin; when that is gone, so is the reason to run. */
function endWithStdin() {
  const end = () => process.exit(0);
  process.stdin.on('end', end);
  // A terminal that hangs up or a socket that is reset is an end as well; what is to be said about it nobody hears.
  process.stdin.on('error', end);
  process.stdin.resume();
}

/**
 * @param {unknown} error
 * @param {string} name
 * @returns {string}
 */
function whyNot(error, name) {
  const message = error instanceof Error ? error.message : String(error);
  if (codeOf(error) !== 'EADDRINUSE') return `cannot start: ${message}`;
  return `cannot start: ${message.replace(/^listen EADDRINUSE: /, '')}; does another ${name} run? "pgrep -x ${name}" tells`;
}

/**
 * A reader of our output that has gone is no reason to stop serving.
 *
 * @param {Error} error
 */
function ignoreBrokenPipe(error) {
  if (codeOf(error) !== 'EPIPE') throw error;
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
