export interface PrefetchOptions {
  /** Ends it between two questions; what was asked for so far is kept. */
  readonly signal?: AbortSignal;
}

export interface PrefetchReport {
  /** Groups that are known now and were not before. */
  readonly loaded: number;
  /** Groups that could not be had: the server did not say, or said no. */
  readonly failed: number;
  /** Groups not asked for: the signal came, or the server asked for fewer questions. */
  readonly left: number;
}

export interface Prefetching {
  /** Most questions at a time. */
  readonly concurrency: number;
  readonly isKnown: (jid: string) => boolean;
  /** Asks the server. Never rejects. */
  readonly load: (jid: string) => Promise<unknown>;
  /** True once the server has asked for fewer questions. */
  readonly isRefused: () => boolean;
}

/**
 * Asks for groups one after the other: never more wait for their turn than may be asked at a time, so that a send that
 * needs a group meanwhile is next but so many.
 */
export async function prefetch(
  jids: readonly string[],
  options: PrefetchOptions,
  { concurrency, isKnown, load, isRefused }: Prefetching,
): Promise<PrefetchReport> {
  const waiting = [...new Set(jids)].filter((jid) => !isKnown(jid));
  let [loaded, failed] = [0, 0];
  const ask = async (): Promise<void> => {
    while (options.signal?.aborted !== true && !isRefused()) {
      const jid = waiting.shift();
      if (jid === undefined) return;
      await load(jid);
      if (isKnown(jid)) loaded += 1;
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return { loaded, failed, left: waiting.length };
}
