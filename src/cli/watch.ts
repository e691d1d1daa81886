/**
 * The live table of `ps -w`: in place on a terminal, one table after another in a pipe, NDJSON of arrays with --json. It goes
 * on while no daemon runs, and ends with q, Ctrl-C or the end of the terminal; then the cursor and the keyboard are as before.
 */
import { PortsupError } from '../base/errors.js';
import { isKept } from '../client/keeper.js';
import { pause } from '../client/pause.js';
import type { ConditionRow, InputOf, PsRow } from '../control/contract.js';
import { alarmNotes } from './alarm-notes.js';
import { numberOf } from './arguments.js';
import { ask } from './call.js';
import type { Context } from './context.js';
import { listenForInterrupt } from './interrupt.js';
import { conditionNotes } from './note.js';
import type { Paint } from './render/paint.js';
import { renderPs } from './render/ps-table.js';
import { fitHeight } from './render/screenful.js';
import { cutTo } from './render/text.js';

type Query = InputOf<'GET /v1/ps'>;

const DEFAULT_MS = 1_000;
const LEAST_MS = 100;
/** Clears the screen and goes to its first row. */
const CLEAR_SCREEN = '\u001b[2J\u001b[H';
/** q, Q, Ctrl-C, Ctrl-D. */
const QUIT_KEYS = ['q', 'Q', '\u0003', '\u0004'];

/** What one look found: rows, or a sentence instead. */
type Sight = { readonly rows: readonly PsRow[]; readonly notes: readonly string[] } | { readonly says: string };

/** Shows the table until it is ended; always 0, as watching changes nothing. */
export async function watch(context: Context, query: Query): Promise<number> {
  const interruption = listenForInterrupt();
  const everyMs = Math.max(LEAST_MS, numberOf(context.line, 'watch') ?? DEFAULT_MS);
  try {
    if (context.out.isTerminal && !context.json) await watchInPlace(context, query, { everyMs, ended: interruption.signal });
    else await watchInLines(context, query, { everyMs, ended: interruption.signal });
  } finally {
    interruption.release();
  }
  return 0;
}

interface Rhythm {
  readonly everyMs: number;
  readonly ended: AbortSignal;
}

async function watchInLines(context: Context, query: Query, { everyMs, ended }: Rhythm): Promise<void> {
  const paint = await context.out.paint();
  let told = '';
  for (let sight = await firstLook(context, query); !ended.aborted; sight = await look(context, query)) {
    // Services that run on without a daemon are no empty list.
    if (context.json)
      await context.out.print('rows' in sight || !isKept(context.layout) ? [JSON.stringify('rows' in sight ? sight.rows : [])] : []);
    else await context.out.print([...linesOf(sight, { width: undefined, paint }), '']);
    const notes = 'rows' in sight ? sight.notes : context.json ? [sight.says] : [];
    if (notes.join('\n') !== told) await context.err.print(notes);
    told = notes.join('\n');
    await pause(everyMs, ended);
  }
}

async function watchInPlace(context: Context, query: Query, { everyMs, ended }: Rhythm): Promise<void> {
  const { createLogUpdate } = await import('log-update');
  const live = createLogUpdate(process.stdout);
  const paint = await context.out.paint();
  let sight = await firstLook(context, query);
  // Only from here on: whoever listens for keys keeps the process going and the terminal raw, until `release`.
  const keys = listenForKeys(ended);
  const draw = (): void => {
    const width = context.out.width() ?? 80;
    const notes = 'rows' in sight ? sight.notes : [];
    const shown = notes.map((text) => cutTo(text, width));
    // One row stays free for the cursor: a screen that is full to the last row scrolls, and then nothing is in place.
    const room = (context.out.height() ?? 24) - 1;
    const table = fitHeight(linesOf(sight, { width, paint }), room - shown.length);
    live(fitHeight([...table, ...shown], room).join('\n'));
  };
  const redraw = (): void => {
    // The terminal has wrapped or cut the old lines by its own rules: nobody knows where they stand now.
    live.clear();
    process.stdout.write(CLEAR_SCREEN);
    draw();
  };
  process.stdout.on('resize', redraw);
  try {
    while (!keys.ended.aborted) {
      draw();
      await pause(everyMs, keys.ended);
      if (!keys.ended.aborted) sight = await look(context, query);
    }
  } finally {
    process.stdout.off('resize', redraw);
    keys.release();
    live.done();
  }
}

function linesOf(sight: Sight, place: { readonly width: number | undefined; readonly paint: Paint }): readonly string[] {
  return 'rows' in sight ? renderPs(sight.rows, place) : [sight.says];
}

/** The first look fails as `ps` fails: watching a name that does not exist is a mistake. Later everything may come and go. */
async function firstLook(context: Context, query: Query): Promise<Sight> {
  try {
    return await lookOnce(context, query);
  } catch (error) {
    if (error instanceof PortsupError && error.code === 'DAEMON_NOT_RUNNING') return { says: error.message };
    throw error;
  }
}

async function look(context: Context, query: Query): Promise<Sight> {
  try {
    return await lookOnce(context, query);
  } catch (error) {
    if (error instanceof PortsupError) return { says: error.message };
    throw error;
  }
}

async function lookOnce(context: Context, query: Query): Promise<Sight> {
  let notes: readonly string[] = [];
  const onConditions = (conditions: readonly ConditionRow[]): void => {
    notes = conditionNotes(conditions);
  };
  let alarms = 0;
  const onAlarms = (count: number): void => {
    alarms = count;
  };
  const rows = await ask(context, { route: 'GET /v1/ps', onConditions, onAlarms }, query);
  return { rows, notes: context.json ? notes : [...(await alarmNotes(context, alarms, { query, rows })), ...notes] };
}

/** `q` and Ctrl-C end the table. In raw mode keys come one by one and are not echoed, but Ctrl-C is a character too. */
function listenForKeys(ended: AbortSignal): { readonly ended: AbortSignal; release(): void } {
  const { stdin } = process;
  if (!stdin.isTTY) return { ended, release: () => undefined };
  const quit = new AbortController();
  const onKey = (keys: Buffer): void => {
    if (QUIT_KEYS.some((key) => keys.includes(key))) quit.abort();
  };
  stdin.setRawMode(true);
  stdin.on('data', onKey);
  return {
    ended: AbortSignal.any([ended, quit.signal]),
    release: () => {
      stdin.off('data', onKey);
      stdin.setRawMode(false);
      stdin.pause();
      stdin.unref();
    },
  };
}
