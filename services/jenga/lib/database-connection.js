// @ts-check
/** One connection to the database: questions and answers are lines of JSON, in the same order. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { portOf } from './settings.js';

/** @typedef {{ readonly ask: (question: object) => Promise<unknown>, readonly close: () => void }} Connection */

/**
 * Resolves when it is connected; `onLost` is called once when it is not any more.
 *
 * @param {(why: string) => void} onLost
 * @returns {Promise<Connection>}
 */
export async function connectDatabase(onLost) {
  const socket = connect(portOf('JENGA_DATABASE_PORT'), '127.0.0.1');
  /** @type {{ resolve: (answer: unknown) => void, reject: (error: Error) => void }[]} */
  const waiting = [];
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => undefined); // What it means is told by "close".
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('the database is gone'));
    onLost('the database is gone');
  });
  createInterface({ input: socket }).on('line', (line) => {
    const { error, value } = JSON.parse(line);
    const asked = waiting.shift();
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  });
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        socket.write(`${JSON.stringify(question)}\n`);
      }),
    close: () => socket.removeAllListeners('close').end(),
  };
}
