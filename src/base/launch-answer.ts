import type { WireError } from './errors.js';

/** What the keeper writes to the file descriptor 3 it was started with, as one JSON line, before it closes it. */
export type LaunchAnswer =
  /** `note`: what became of what was up before, where there is something to say. */
  | { readonly launch: 'ready'; readonly note?: string | undefined }
  /** Somebody else holds this home's lock: connect to theirs. */
  | { readonly launch: 'taken' }
  | {
      readonly launch: 'failed';
      readonly message: string;
      /** The reason as an error with its own code, where it is one that a person can do something about. */
      readonly error?: WireError;
    };
