/**
 * What the daemon and the keeper say to each other over Node's IPC channel (JSON). The keeper practically
 * never changes; a newer daemon must work with an older keeper, so messages and fields are only ever added.
 */

/** Version of this protocol; the keeper names it in `hello`. */
export const PROTOCOL_VERSION = 1;

/** Starts one run of a port. `key` names the port (`app:path`), `run` the run; together they come back in every answer. */
export interface SpawnOrder {
  readonly do: 'spawn';
  readonly key: string;
  readonly run: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is added to it. */
  readonly env: Readonly<Record<string, string>>;
  /** FIFOs made by an earlier `make-fifos`; `in` null: /dev/null. */
  readonly in: string | null;
  readonly out: string;
  readonly err: string;
}

/** What the next daemon is to know: texts by key; null: the entry goes. The keeper does not look into them. */
export type MemoryChange = readonly [key: string, text: string | null];

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
  /** Sends a signal to the process group of a run that has not ended; one that has ended is passed over. */
  | { readonly do: 'signal'; readonly key: string; readonly run: number; readonly signal: string }
  /** Ends the standard input of a run. */
  | { readonly do: 'close-stdin'; readonly key: string; readonly run: number }
  /** The port is no longer configured: closes what was kept for it. */
  | { readonly do: 'forget'; readonly key: string }
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
    }
  | { readonly news: 'fifos-made'; readonly id: number; readonly error: string | null }
  | RunNews;

/** What became of a run. */
export type RunNews =
  | { readonly news: 'spawned'; readonly key: string; readonly run: number; readonly pid: number }
  | { readonly news: 'spawn-failed'; readonly key: string; readonly run: number; readonly errno: string; readonly message: string }
  /** `groupLeft`: other members of its process group were still there; they have been sent SIGKILL. */
  | {
      readonly news: 'exited';
      readonly key: string;
      readonly run: number;
      readonly pid: number;
      readonly code: number | null;
      readonly signal: string | null;
      readonly groupLeft: boolean;
    };

/** Daemon to keeper, once: the control socket listens (the keeper passes it on to who started it), or why it cannot. */
export interface BootNews {
  readonly boot: 'ready' | 'failed';
  readonly message: string;
}

// It lives in base because the command line reads it, and may not import from the keeper.
export type { LaunchAnswer } from '../base/launch-answer.js';
