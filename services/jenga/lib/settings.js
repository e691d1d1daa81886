// @ts-check
/** Where the parts of the example are found; movable for tests that run side by side. */
import process from 'node:process';

const PORTS = { JENGA_DATABASE_PORT: 8010, JENGA_CLIENT_PORT: 8011, JENGA_HANDLER_PORT: 8012 };

/**
 * @param {keyof typeof PORTS} variable
 * @returns {number} a TCP port of 127.0.0.1
 */
export function portOf(variable) {
  const text = process.env[variable];
  return text === undefined || text === '' ? PORTS[variable] : Number(text);
}

/**
 * Fails fast, as Erlang's programs do: says why, and ends. Somebody else knows what to do then.
 *
 * @param {string} message
 * @returns {never}
 */
export function die(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
