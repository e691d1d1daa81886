import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/base/system-clock.js';
import type { JournalEntry } from '../../src/journal/entry.js';
import { openJournal } from '../../src/journal/journal.js';
import { MOST_PARTS } from '../../src/journal/parts.js';
import { type TestHome, temporaryHome } from '../helpers/home.js';
import { entry } from '../helpers/journal-entries.js';
import { until } from '../helpers/until.js';

/** Some 200 entries: each round closes a few parts. */
const PART_BYTES = 40_000;
const ROUNDS = 25;

let home: TestHome;
beforeEach(() => {
  home = temporaryHome();
});
afterEach(async () => {
  await home.dispose();
});

const folder = (): string => home.path('state');
const file = (): string => home.path('state', 'journal.ndjson');
const acks = (): string => home.path('acks');

async function bundleWriter(): Promise<string> {
  const outfile = home.path('writer.mjs');
  const entryPoint = fileURLToPath(new URL('../fixtures/journal-writer.ts', import.meta.url));
  await build({ entryPoints: [entryPoint], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return outfile;
}

const startWriter = (program: string, from: number): ChildProcess =>
  spawn(process.execPath, [program, file(), acks(), String(from), String(PART_BYTES)], { env: { ...home.env }, stdio: 'inherit' });

/** Number of the last entry that was told as written. */
function lastAcknowledged(): number {
  const whole = existsSync(acks()) ? readFileSync(acks(), 'utf8').split('\n').slice(0, -1) : [];
  return Number(whole.at(-1) ?? 0);
}

async function readAll(): Promise<readonly JournalEntry[]> {
  const log = openJournal({ file: file(), clock: systemClock, onFailing: () => undefined, onTrouble: () => undefined });
  const entries = await log.read();
  await log.close();
  return entries;
}

it(`a daemon killed at any moment, ${ROUNDS} times over: every entry that was written is there, whole, once and in order`, async () => {
  const program = await bundleWriter();
  let next = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const writer = startWriter(program, next);
    const goal = next + Math.floor(Math.random() * 1_200);
    await until(`entry ${goal} is written`, () => lastAcknowledged() >= goal || writer.exitCode !== null);
    expect(writer.exitCode).toBeNull();
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const entries = await readAll();
    const last = entries.at(-1)?.run ?? 0;
    const first = entries[0]?.run ?? 0;
    expect(last).toBeGreaterThanOrEqual(lastAcknowledged());
    expect(entries).toEqual(Array.from({ length: last - first + 1 }, (_, index) => entry(first + index)));
    const sizes = readdirSync(folder()).map((name) => statSync(`${folder()}/${name}`).size);
    expect(sizes.length).toBeLessThanOrEqual(MOST_PARTS + 1);
    expect(Math.max(...sizes)).toBeLessThan(2 * PART_BYTES);
    // What is dropped is old: as many parts as may be kept are there before the first goes.
    expect(first === 1 || sizes.length >= MOST_PARTS).toBe(true);
    next = last + 1;
  }
  expect(next).toBeGreaterThan(2_000);
}, 60_000);
