/** A spinner on standard error that says whom an action waits for. Nothing at all where standard error is no terminal. */
import { systemClock } from '../base/system-clock.js';
import type { Context } from './context.js';
import { type ProgressLine, progressText } from './render/progress.js';
import { cutTo } from './render/text.js';

/** A running spinner. */
export interface Progress {
  /** Shows how far the action is; countdowns go on by themselves. */
  update(line: ProgressLine): void;
  /** Takes the spinner off the screen. */
  stop(): Promise<void>;
}

/** An action that is over sooner than this needs no spinner, and does not pay for loading one. */
const PATIENCE_MS = 150;
/** How often a countdown is looked at. */
const STEP_MS = 200;

const silent: Progress = { update: () => undefined, stop: () => Promise.resolve() };

/** Starts to show the progress of an action; `verb` is "starting", "stopping" ... The caller stops it. */
export function startProgress({ err }: Context, verb: string): Progress {
  if (!err.isTerminal) return silent;
  let latest: { readonly line: ProgressLine; readonly at: number } | undefined;
  const text = (): string => {
    const said = latest === undefined ? `${verb} ...` : progressText(verb, latest.line, systemClock.now() - latest.at);
    // The spinner itself takes two columns; a line that wraps could not be taken back.
    return cutTo(said, (err.width() ?? 80) - 3);
  };
  let showing: Promise<() => void> | undefined;
  const timer = setTimeout(() => {
    showing = showSpinner(text, err.hasColour);
  }, PATIENCE_MS);
  return {
    update: (line) => {
      latest = { line, at: systemClock.now() };
    },
    stop: async () => {
      clearTimeout(timer);
      (await showing)?.();
    },
  };
}

async function showSpinner(text: () => string, hasColour: boolean): Promise<() => void> {
  const { default: ora } = await import('ora');
  // discardStdin would put the terminal into raw mode, where Ctrl-C is no signal any more.
  const spinner = ora({ text: text(), stream: process.stderr, discardStdin: false, color: hasColour ? 'cyan' : false }).start();
  const timer = setInterval(() => {
    spinner.text = text();
  }, STEP_MS);
  return () => {
    clearInterval(timer);
    spinner.stop();
  };
}
