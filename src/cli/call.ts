/** Calls to the daemon on behalf of a command. */
import { version } from '../base/version.js';
import * as client from '../client/call.js';
import type { Api, InputOf, ReplyRoute, StreamRoute } from '../control/contract.js';
import type { Context } from './context.js';

/** Asks for one value, see `ask` of client/call.ts. */
export function ask<R extends ReplyRoute>(context: Context, question: R | client.Question<R>, input: InputOf<R>): Promise<Api[R]['reply']> {
  return client.ask(callerOf(context), typeof question === 'string' ? { route: question } : question, input);
}

/** Asks for lines over the deaths of daemons, see `followOn` of client/call.ts. */
export function followOn<R extends StreamRoute>(
  context: Context,
  question: client.Question<R>,
  inputs: client.Inputs<InputOf<R>>,
): AsyncGenerator<readonly Api[R]['line'][], void, void> {
  return client.followOn(callerOf(context), question, inputs);
}

/** The caller that a command is; when the daemon is of another version than this command line, standard error says so. */
export function callerOf(context: Context): client.Caller {
  const onVersion = (daemon: string): void => {
    if (daemon === version) return;
    // One line on standard error; the answer need not wait for it.
    void context.err.print([
      `note: the daemon is portsup ${daemon}, this command line ${version}; "portsup daemon upgrade" makes them one`,
    ]);
  };
  return { layout: context.layout, onVersion };
}
