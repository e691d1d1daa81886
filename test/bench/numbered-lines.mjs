/** Looks whether a log holds the lines of flood.c, all of them, each once and in order. */
import { spawn } from 'node:child_process';

const NEWLINE = 0x0a;
const ZERO = 0x30;
const LINE_BYTES = 99;
const RUN_DIGITS = 7;
const NUMBER_AT = 8;
const NUMBER_END = 19;

/**
 * What a command that prints such lines prints: by their run {first, next, isBroken}: the first number, what comes after the last one, and does
 * any of them not follow on the one before it? A line that is torn counts as missing.
 *
 * @throws when the command fails.
 */
export function readNumbered(world, argv) {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0], argv.slice(1), { env: world.env, cwd: world.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const runs = new Map();
    let rest = Buffer.alloc(0);
    let err = '';
    child.stdout.on('data', (part) => (rest = takeLines(rest.length === 0 ? part : Buffer.concat([rest, part]), runs)));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(runs) : reject(new Error(`${argv.join(' ')}: exit code ${code}\n${err}`))));
  });
}

/** Does a run have `lines` lines? With `isTail` the first ones may be missing. */
export const isComplete = (run, lines, isTail = false) =>
  run !== undefined && !run.isBroken && run.next === lines && (isTail || run.first === 0);

/** Notes the lines in `bytes`, and returns what is behind the last of them. */
function takeLines(bytes, runs) {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (end - start === LINE_BYTES)
      note(runs, digits(bytes, start, start + RUN_DIGITS), digits(bytes, start + NUMBER_AT, start + NUMBER_END));
    start = end + 1;
  }
  return bytes.subarray(start);
}

function note(runs, run, number) {
  const known = runs.get(run);
  if (!known) runs.set(run, { first: number, next: number + 1, isBroken: false });
  else {
    if (known.next !== number) known.isBroken = true;
    known.next = number + 1;
  }
}

function digits(bytes, start, end) {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + bytes[at] - ZERO;
  return value;
}
