/**
 * What the daemon and the keeper say to each other over Node's IPC channel (JSON). The keeper practically
 * never changes; a newer daemon must work with an older keeper, so messages and fields are only ever added.
 */

import type { Held, MemoryChange, RunNews, RunOrder } from '../base/run-state.js';

/**
 * Version of this protocol; the keeper names it in `hello`. 2: it writes its state to a file and adopts. 3: what a run writes into may be a file.
 * 4: a run may have a umask of its own.
 */
export const PROTOCOL_VERSION = 4;
/** Keepers of this version on give a run its umask. */
export const UMASK_PROTOCOL = 4;
/** Keepers of this version on open what a run writes into for appending. */
export const APPENDING_PROTOCOL = 3;
/** A keeper that speaks an older one is replaced under its services by the daemon that finds it. */
export const OLDEST_PROTOCOL = 2;

/** Starts one run of a port. `key` names the port (`app:path`), `run` the run; together they come back in every answer. */
export interface SpawnOrder {
  readonly do: 'spawn';
  readonly key: string;
  readonly run: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is added to it. */
  readonly env: Readonly<Record<string, string>>;
  /** FIFOs made by an earlier `make-fifos`, or /dev/null; `in` may also be a file, `out` and `err` one that is there. `in` null: /dev/null. */
  readonly in: string | null;
  readonly out: string;
  readonly err: string;
  /** Where the run may write its own exit code, for the case that it outlives its keeper. */
  readonly exit?: string | null;
  /** Its file mode creation mask; left out: the keeper's own. */
  readonly umask?: number | null;
}

/** Daemon to keeper. */
export type KeeperOrder =
  | SpawnOrder
  /**
   * Remembers and then does, or neither: it comes as one message. So whatever a daemon has ordered before it died, the next one
   * knows that it was ordered.
   */
  | {
      readonly do: 'batch';
      readonly remember: readonly MemoryChange[];
      readonly orders: readonly Exclude<KeeperOrder, { do: 'batch' | 'goodbye' | 'succeed' }>[];
    }
  /** Makes named pipes (0600); answered by `fifos-made` with the same `id`. */
  | { readonly do: 'make-fifos'; readonly id: number; readonly paths: readonly string[] }
  | RunOrder
  /** The port is no longer configured: closes what was kept for it. */
  | { readonly do: 'forget'; readonly key: string }
  /** A process that an earlier keeper has started, and whose start it could not tell any more: it is held like a run of our own. */
  | { readonly do: 'adopt'; readonly held: Held }
  /** Everything is about to be stopped, for the next boot to bring it up again: what has been remembered so far stays on disk. */
  | { readonly do: 'freeze' }
  /** What an earlier keeper left on disk makes no sense, for the given reason. */
  | { readonly do: 'set-aside'; readonly why: string }
  /** The daemon is about to end for another to take over, of the program at this path; null: of the same one. */
  | { readonly do: 'succeed'; readonly program: string | null }
  /** The daemon is about to end and nothing runs any more: the keeper ends after it. */
  | { readonly do: 'goodbye' };

/** Keeper to daemon. */
export type KeeperNews =
  /**
   * The first news a daemon hears. `memory` is what an earlier one had remembered, `latest` the latest news of the newest run of each
   * port, which that one may or may not have heard; both are empty for the first daemon.
   */
  | {
      readonly news: 'hello';
      readonly protocol: number;
      readonly pid: number;
      readonly memory: readonly (readonly [key: string, text: string])[];
      readonly latest: readonly RunNews[];
      /**
       * What an earlier keeper left, said once: `adopted`: its services are held; `over`: they are gone (the machine was started anew, or all was
       * halted), and are to be started again; `nothing`: nothing that could be made use of. Undefined: there was none.
       */
      readonly inherited?: 'adopted' | 'over' | 'nothing' | undefined;
      /** Runs that an earlier keeper was about to start when it was killed. */
      readonly begun?: readonly (readonly [key: string, run: number])[] | undefined;
      /** Runs that an earlier keeper has started. Their pipes may be in another folder than ours would be. */
      readonly held?: readonly Held[] | undefined;
      /** Something that an operator should know. */
      readonly notes?: readonly string[] | undefined;
      /** Why what the keeper remembers cannot be written to disk. */
      readonly stateTrouble?: string | null | undefined;
    }
  /** What the keeper remembers cannot be written to disk (why), or can be again (null). */
  | { readonly news: 'state-trouble'; readonly why: string | null }
  | { readonly news: 'fifos-made'; readonly id: number; readonly error: string | null }
  | RunNews;

/**
 * Daemon to keeper, once: the control socket listens (`message`: what a person should know of what was taken over, or empty), or why it
 * cannot. The keeper passes it on to who started it.
 */
export interface BootNews {
  readonly boot: 'ready' | 'failed';
  readonly message: string;
}

// These live in base because the command line reads them, and may not import from the keeper.
export type { LaunchAnswer } from '../base/launch-answer.js';
export type { Held, MemoryChange, RunNews } from '../base/run-state.js';
