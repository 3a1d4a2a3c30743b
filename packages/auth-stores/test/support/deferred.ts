export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** A promise that the test settles. Node 20 has no `Promise.withResolvers`. */
export function deferred(): Deferred {
  const signal = new AbortController();
  const promise = new Promise<void>((resolve) => {
    signal.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return { promise, resolve: () => signal.abort() };
}
