import { Chalk } from 'chalk';
import type { Paint } from './render/paint.js';

const chalk = new Chalk({ level: 1 });

/** The 16 colours every terminal has, in the shades the person chose for it. Loaded only where colours are wanted. */
export const colours: Paint = {
  red: (text) => chalk.red(text),
  green: (text) => chalk.green(text),
  yellow: (text) => chalk.yellow(text),
  cyan: (text) => chalk.cyan(text),
  magenta: (text) => chalk.magenta(text),
  blue: (text) => chalk.blue(text),
  dim: (text) => chalk.dim(text),
  bold: (text) => chalk.bold(text),
};
