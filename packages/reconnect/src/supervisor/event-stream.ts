import { integerOption } from "@motte/core/options";
import type { SupervisorEvent } from "./supervisor-events.ts";

export interface EventsOptions {
  /** How many events may wait to be read. @defaultValue `1_000` */
  readonly buffer?: number;
  /** Ends the iteration when it aborts. */
  readonly signal?: AbortSignal;
}

/** An event, or how many were lost because nobody read them. */
export type StreamedEvent<S> =
  SupervisorEvent<S> | { readonly type: "dropped"; readonly count: number };

/** Where the events of a stream come from. */
export interface EventSource<S> {
  tap(listener: (event: SupervisorEvent<S>) => void): Disposable;
  /** Whether there will be none any more. */
  readonly ended: boolean;
  onEnd(listener: () => void): Disposable;
}

/** The events of a source from the call on, as an iterator that holds at most `buffer` of them. */
export function eventStream<S>(
  source: EventSource<S>,
  { buffer = 1_000, signal }: EventsOptions = {},
): AsyncIterableIterator<StreamedEvent<S>> {
  integerOption("buffer", buffer, { min: 1 });
  const waiting: SupervisorEvent<S>[] = [];
  let dropped = 0;
  let ended = source.ended || signal?.aborted === true;
  let wake: (() => void) | undefined;

  const push = (event: SupervisorEvent<S>): void => {
    waiting.push(event);
    if (waiting.length > buffer) {
      waiting.shift();
      dropped++;
    }
    wake?.();
  };
  const end = (): void => {
    ended = true;
    tapped?.[Symbol.dispose]();
    endHeard?.[Symbol.dispose]();
    signal?.removeEventListener("abort", end);
    wake?.();
  };
  const tapped = ended ? undefined : source.tap(push);
  const endHeard = ended ? undefined : source.onEnd(end);
  if (!ended) signal?.addEventListener("abort", end, { once: true });

  const take = (): StreamedEvent<S> | undefined => {
    if (dropped === 0) return waiting.shift();
    const count = dropped;
    dropped = 0;
    return { type: "dropped", count };
  };
  // Calls of `next` are answered one after the other, as those of a generator.
  let last: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<IteratorResult<StreamedEvent<S>, undefined>> => {
    for (;;) {
      const event = take();
      if (event !== undefined) return { done: false, value: event };
      if (ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    next: () => {
      const result = last.then(read);
      last = result;
      return result;
    },
    return: () => {
      end();
      waiting.length = 0;
      dropped = 0;
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
