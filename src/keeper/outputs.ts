import { closeSync } from 'node:fs';
import { isReplaced, openOutput } from './fifos.js';
import type { SpawnOrder } from './protocol.js';

/** What is kept over the runs of a port. */
interface Pair {
  readonly path: string;
  readonly out: number;
  readonly err: number;
}

/** The pipes for the output of all ports, open over their runs until `close`. */
export class Outputs {
  readonly #pairs = new Map<string, Pair>();

  /** @throws the system's error when a pipe cannot be opened. */
  of({ key, out, err }: Pick<SpawnOrder, 'key' | 'out' | 'err'>): Pair {
    const kept = this.#pairs.get(key);
    // A run that was adopted may have its pipes in another folder than the next one; and who removed them has had them made anew.
    if (kept?.path === out && !isReplaced(kept.out, out)) return kept;
    if (kept) this.close(key);
    const first = openOutput(out);
    try {
      const outputs = { path: out, out: first, err: openOutput(err) };
      this.#pairs.set(key, outputs);
      return outputs;
    } catch (error) {
      closeSync(first);
      throw error;
    }
  }

  /** Closes those of a port. */
  close(key: string): void {
    const outputs = this.#pairs.get(key);
    if (!outputs) return;
    this.#pairs.delete(key);
    closeSync(outputs.out);
    closeSync(outputs.err);
  }
}
