/** What comes of one try of a probe. Structural types: supervision has the same, and may not be seen from here. */
import type { Millis } from '../base/clock.js';

/** How something answered; `text` is short and for people: "HTTP 500", "connection refused (localhost:5432)". */
export type Answer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly text: string;
      /** It could not even be asked, for a reason that is portsup's own (no file descriptor is left): it says nothing of who was to be asked. */
      readonly isOurs?: true;
    };

export interface HttpProbe {
  readonly by: 'http';
  readonly url: string;
  /** Those that are well; null: every 2xx. */
  readonly statuses: readonly number[] | null;
  /** A regular expression that the body has to match; null: any body. */
  readonly body: string | null;
  readonly tryMs: Millis;
}

export interface TcpProbe {
  readonly by: 'tcp';
  readonly host: string;
  readonly port: number;
  readonly tryMs: Millis;
}

export interface ExecProbe {
  readonly by: 'exec';
  readonly command: readonly string[];
  readonly tryMs: Millis;
}

/** One way to ask whether something is well. */
export type Probe = HttpProbe | TcpProbe | ExecProbe;
