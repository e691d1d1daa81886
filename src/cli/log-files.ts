import { PortsupError } from '../base/errors.js';
import { formatSize } from '../base/size.js';
import { isGiven } from './arguments.js';
import { ask } from './call.js';
import type { Context } from './context.js';
import { scopeOf } from './scope.js';

/**
 * `logs --flush [NAME...]` deletes older parts, `logs --reopen` opens the files of `logs: {file}` anew.
 *
 * @throws {@link PortsupError} `USAGE` for both at once, or with what only makes sense for lines.
 */
export async function logFiles(context: Context): Promise<number> {
  const { line, out, json } = context;
  const verb = isGiven(line, 'flush') ? 'flush' : 'reopen';
  const own = line.command?.options.map(({ name }) => name) ?? [];
  const other = own.find((name) => isGiven(line, name) && name !== verb);
  if (other !== undefined)
    throw new PortsupError('USAGE', `--${verb} shows no lines, so it does not go with --${other}`, 'leave out one of the two');
  if (verb === 'reopen') {
    if (line.operands.length > 0) throw new PortsupError('USAGE', '--reopen is for all files', 'leave out the names');
    const reopened = await ask(context, 'POST /v1/logs/reopen', {});
    await out.print([json ? JSON.stringify(reopened) : `opened ${count(reopened.files, 'file')} anew`]);
    return 0;
  }
  const flushed = await ask(context, 'POST /v1/logs/flush', { ...scopeOf(context), names: line.operands });
  const { parts, bytes, services } = flushed;
  const said = `deleted ${count(parts, 'older part')} (${formatSize(bytes)}) of the logs of ${count(services, 'service')}`;
  await out.print([json ? JSON.stringify(flushed) : said]);
  return 0;
}

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;
