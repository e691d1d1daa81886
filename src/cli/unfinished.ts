/** What the end of a command line says when the command was not done: never nothing, and never with exit code 0. */
const LINES = [
  'error: the command ended before it was done',
  'hint: this is a bug in portsup, unless the configuration is a program that ends the process',
];

/**
 * From now on a process that ends by itself (nothing is left to wait for, or somebody calls process.exit) says so, and ends
 * with 1. The returned function says that the command is done, and that the end may come.
 */
export function watchEnd(): () => void {
  const onExit = (code: number): void => {
    // Every other code has its own words already, as an exception that nobody caught.
    if (code !== 0) return;
    process.stderr.write(`${LINES.join('\n')}\n`);
    process.exitCode = 1;
  };
  process.on('exit', onExit);
  return () => {
    process.off('exit', onExit);
  };
}
