/** Calls to the daemon on behalf of a command. */
import { version } from '../base/version.js';
import { request, stream } from '../control/client.js';
import type { Api, InputOf, ReplyRoute, StreamRoute } from '../control/contract.js';
import type { Context } from './context.js';

/** What to ask, and what ends the call early. */
export interface Question<R> {
  readonly route: R;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for one value; see `request` of control/client.ts for what it throws. */
export function ask<R extends ReplyRoute>(context: Context, route: R, input: InputOf<R>): Promise<Api[R]['reply']> {
  return request({ socket: context.layout.socket, route, input, onVersion: versionNote(context) });
}

/** Asks for lines; see `stream` of control/client.ts. They end when `signal` aborts. */
export function follow<R extends StreamRoute>(
  context: Context,
  { route, signal }: Question<R>,
  input: InputOf<R>,
): AsyncGenerator<Api[R]['line'], void, void> {
  return stream({ socket: context.layout.socket, route, input, signal, onVersion: versionNote(context) });
}

/** Says on standard error when the daemon is of another version than this command line. */
function versionNote(context: Context): (daemon: string) => void {
  return (daemon) => {
    if (daemon === version) return;
    // One line on standard error; the answer need not wait for it.
    void context.err.print([
      `note: the daemon is portsup ${daemon}, this command line ${version}; "portsup daemon stop" and "portsup up" make them one`,
    ]);
  };
}
