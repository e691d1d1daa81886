/** Tells any number of listeners about something, synchronously, in the order they came. */
export interface Signal<T> {
  emit(value: T): void;
  /** The returned function ends it. */
  subscribe(listener: (value: T) => void): () => void;
}

/** A signal without listeners. */
export function createSignal<T = void>(): Signal<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    emit: (value) => {
      for (const listener of listeners) listener(value);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
