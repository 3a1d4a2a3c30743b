/** What a timer may do besides firing. */
export interface TimerOptions {
  /** Keep the process running until the timer fires. @defaultValue `false` */
  readonly keepAlive?: boolean;
}

/**
 * Time as Motte sees it: wall time for stamps, monotonic time for durations, and waiting.
 *
 * The two readings are kept apart on purpose. Wall time jumps when NTP corrects it or the machine
 * sleeps, so a duration measured with it can be wrong in either direction.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May move backwards. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never moves backwards. */
  monotonic(): number;
  /** Calls `callback` once after `ms`; disposing the result cancels it. */
  after(ms: number, callback: () => void, options?: TimerOptions): Disposable;
  /** Resolves after `ms`, or rejects with `signal.reason` if the signal aborts first. Keeps the process running. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// Node stores a timer's delay in 31 bits: a longer one fires after 1 ms instead, so long waits are chained.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const after: Clock["after"] = (ms, callback, { keepAlive = false } = {}) => {
  let timer: NodeJS.Timeout;
  const arm = (remainingMs: number): void => {
    const chunkMs = Math.min(Math.max(remainingMs, 0), LONGEST_TIMER_MS);
    timer = setTimeout(() => {
      if (remainingMs > chunkMs) arm(remainingMs - chunkMs);
      else callback();
    }, chunkMs);
    if (!keepAlive) timer.unref();
  };
  arm(ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
};

/** Resolves after `ms` on a clock that only knows `after`. */
export function sleepOn(
  timers: Pick<Clock, "after">,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal?.reason);
    };
    const timer = timers.after(
      ms,
      () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
      { keepAlive: true },
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
  sleep: (ms, signal) => sleepOn({ after }, ms, signal),
};
