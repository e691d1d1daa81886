/** Standard output and standard error: what they are (a terminal, how wide, with colours) and how to write to them. */
import { type Paint, plain } from './render/paint.js';

/** One of the two outputs. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Are colours wanted there? */
  readonly hasColour: boolean;
  /** Columns of the terminal as it is now; undefined for anything else: no limit. */
  width(): number | undefined;
  /** Rows of the terminal as it is now; undefined for anything else. */
  height(): number | undefined;
  /** Colours for it; loads them only where they are wanted. */
  paint(): Promise<Paint>;
  /** Writes text as it is; resolves at once, or when a slow reader has caught up. */
  write(text: string): Promise<void>;
  /** Writes lines. */
  print(lines: readonly string[]): Promise<void>;
  /** Resolves when all that was written has reached the system, or cannot reach it any more. */
  flush(): Promise<void>;
}

/** What decides about colours besides the terminal, and what to do when nobody reads any more. */
export interface ScreenSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--no-color`. */
  readonly refused: boolean;
  /** The reader has gone (EPIPE), or cannot be written to. */
  readonly onBroken: (error: Error) => void;
}

/** The screen of `process.stdout` or `process.stderr`. */
export function screenOf(stream: NodeJS.WriteStream, settings: ScreenSettings): Screen {
  const isTerminal = stream.isTTY;
  const hasColour = wantsColour(isTerminal, settings);
  stream.on('error', settings.onBroken);
  // As it is now: see keepStdout.
  const streamWrite = stream.write.bind(stream);
  let isUsed = false;
  const write = async (text: string): Promise<void> => {
    isUsed = true;
    if (!streamWrite(text)) await drained(stream);
  };
  return {
    isTerminal,
    hasColour,
    width: () => (isTerminal ? stream.columns || 80 : undefined),
    height: () => (isTerminal ? stream.rows || 24 : undefined),
    paint: async () => (hasColour ? (await import('./colours.js')).colours : plain),
    write,
    print: async (lines) => {
      if (lines.length > 0) await write(`${lines.join('\n')}\n`);
    },
    flush: () =>
      new Promise((resolve) => {
        // What nobody has used need not be asked: that it cannot be written then is no matter.
        if (!isUsed) return resolve();
        streamWrite('', () => {
          resolve();
        });
      }),
  };
}

/**
 * From now on only the screens there are write to standard output: what anybody else prints (a configuration that is a program,
 * by `console` or `process.stdout`) goes to standard error, because standard output belongs to the answer.
 */
export function keepStdout(): void {
  // Standard error is opened by the first write, not here: most have nothing to say.
  const write = (...given: Parameters<NodeJS.WriteStream['write']>): boolean => process.stderr.write(...given);
  process.stdout.write = write as NodeJS.WriteStream['write'];
}

/** `--no-color` first, then FORCE_COLOR (as Node has it: "0" and "false" refuse), then NO_COLOR, then: is it a terminal that knows colours? */
export function wantsColour(isTerminal: boolean, { env, refused }: Pick<ScreenSettings, 'env' | 'refused'>): boolean {
  if (refused) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return isTerminal && env['TERM'] !== 'dumb';
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve);
  });
}
