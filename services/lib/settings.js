// @ts-check
/** Where the two services are found: fixed by the example's design, and movable for tests that run side by side. */
import process from 'node:process';

const PORTS = { SERVICE_A_PORT: 8000, SERVICE_B_PORT: 8001 };

/**
 * @param {keyof typeof PORTS} variable - the environment variable that moves the service
 * @returns {number} its TCP port: 8000 for service_a and 8001 for service_b unless moved
 * @throws {RangeError} when the variable is set to something that is not a port
 */
export function portOf(variable) {
  const text = process.env[variable];
  if (text === undefined || text === '') return PORTS[variable];
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) {
    throw new RangeError(`${variable} is "${text}"; it must be a port, 1 to 65535`);
  }
  return Number(text);
}
