import { type FileHandle, open } from 'node:fs/promises';
import { errnoOf } from '../../base/errors.js';
import { linesBackwards } from '../../base/read-backwards.js';
import { pause } from '../../client/pause.js';
import { splitLines } from '../../control/line-splitter.js';
import { isGiven } from '../arguments.js';
import type { Context } from '../context.js';
import { listenForInterrupt } from '../interrupt.js';
import { lastLinesOf } from '../last-lines.js';
import { note } from '../note.js';
import { escapeOutput } from '../render/text.js';

/** How often a followed log is looked at: it is a person who waits. */
const LOOK_MS = 200;
const BLOCK_BYTES = 64 * 1024;

/** `daemon logs`: the daemon's own log, read from its file: it has to be there for the daemon that does not run, too. */
export async function daemonLogs(context: Context): Promise<number> {
  const { layout, line } = context;
  const handle = await openLog(layout.daemonLog);
  if (handle === undefined) {
    await note(context, `there is no log yet: ${layout.daemonLog}`);
    return 0;
  }
  try {
    const { size } = await handle.stat();
    await print(context, await lastLines(layout.daemonLog, size, lastLinesOf(line)));
    if (isGiven(line, 'follow')) await follow(context, handle, size);
  } finally {
    await handle.close();
  }
  return 0;
}

/** The last `limit` lines (default all) of the first `end` bytes, oldest first. */
async function lastLines(file: string, end: number, limit = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
  const newestFirst: string[] = [];
  if (limit === 0) return [];
  for await (const batch of linesBackwards({ file, end })) {
    newestFirst.push(...batch.map((line) => line.toString('utf8')));
    if (newestFirst.length >= limit) break;
  }
  return newestFirst.slice(0, limit).reverse();
}

async function follow(context: Context, handle: FileHandle, from: number): Promise<void> {
  const interruption = listenForInterrupt();
  const lines = splitLines();
  const block = Buffer.alloc(BLOCK_BYTES);
  let position = from;
  try {
    while (!interruption.signal.aborted) {
      const { bytesRead } = await handle.read(block, 0, block.length, position);
      position += bytesRead;
      // A copy: the splitter keeps the beginning of a line whose end has not come yet.
      await print(context, lines.push(Buffer.from(block.subarray(0, bytesRead))));
      if (bytesRead === 0) await pause(LOOK_MS, interruption.signal);
    }
  } finally {
    interruption.release();
  }
}

async function print({ json, out }: Context, lines: readonly string[]): Promise<void> {
  const shown = (text: string): string => (out.isTerminal ? escapeOutput(text, out.hasColour) : text);
  await out.print(lines.map((text) => (json ? JSON.stringify({ text }) : shown(text))));
}

async function openLog(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}
