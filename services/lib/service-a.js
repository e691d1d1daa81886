// @ts-check
/** service_a: adds, subtracts, multiplies and divides. */
import { runService } from './service.js';
import { Fault } from './xmlrpc-values.js';

/** @typedef {import('./xmlrpc-values.js').Value} Value */
/** Two operations of one meaning: on integers, where results are exact, and on doubles.
 * @typedef {{ readonly int: (x: bigint, y: bigint) => bigint, readonly double: (x: number, y: number) => number }} Operation */

await runService(
  'service_a',
  'SERVICE_A_PORT',
  new Map([
    ['add', method('add', { int: (x, y) => x + y, double: (x, y) => x + y })],
    ['subtract', method('subtract', { int: (x, y) => x - y, double: (x, y) => x - y })],
    ['multiply', method('multiply', { int: (x, y) => x * y, double: (x, y) => x * y })],
    ['divide', method('divide', { int: floorDivide, double: divideDoubles })],
  ]),
);

/**
 * @param {string} name
 * @param {Operation} operation
 * @returns {import('./rpc-server.js').Method}
 */
function method(name, operation) {
  return (params) => {
    const [x, y] = params;
    if (params.length !== 2 || !isNumber(x) || !isNumber(y)) throw new Fault(`${name} takes two numbers`);
    if (typeof x === 'bigint' && typeof y === 'bigint') return operation.int(x, y);
    return operation.double(Number(x), Number(y));
  };
}

/**
 * Rounds down and not towards zero, as Python does: -7 by 2 is -4.
 *
 * @param {bigint} x
 * @param {bigint} y
 * @returns {bigint}
 */
function floorDivide(x, y) {
  if (y === 0n) throw new Fault('ZeroDivisionError: division by zero');
  const quotient = x / y;
  return x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient;
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
function divideDoubles(x, y) {
  if (y === 0) throw new Fault('ZeroDivisionError: division by zero');
  return x / y;
}

/**
 * @param {Value | undefined} value
 * @returns {value is bigint | number}
 */
function isNumber(value) {
  return typeof value === 'bigint' || typeof value === 'number';
}
