import { type AuthStoreMetric, onMetric } from "./metrics.ts";

/** How values are spread: `counts[n]` of them are at most 2^n units, and more than half of that. */
export interface Histogram {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  readonly counts: readonly number[];
}

/** What has been measured since the summary was begun. */
export interface AuthStoreSummary {
  readonly gets: number;
  readonly idsRead: number;
  /** The part of the ids that was answered without asking the backend, 0 to 1; 0 before the first. */
  readonly cacheHitRatio: number;
  readonly commits: number;
  readonly opsWritten: number;
  readonly bytesWritten: number;
  readonly elided: number;
  readonly retries: number;
  /** Gets and commits that failed for good. */
  readonly failures: number;
  readonly corrupt: number;
  readonly fenced: number;
  /** In microseconds. */
  readonly getLatency: Histogram;
  /** In microseconds. */
  readonly commitLatency: Histogram;
  /** In records. */
  readonly batchSize: Histogram;
  /** Sizes of the records put, in bytes, by record family. */
  readonly valueSizes: ReadonlyMap<string, Histogram>;
}

/** Adds up what every auth state of this process measures, until disposed. */
export class MetricsSummary implements Disposable {
  readonly #subscription: Disposable = onMetric((metric) => this.#add(metric));
  readonly #getLatency = new Spread();
  readonly #commitLatency = new Spread();
  readonly #batchSize = new Spread();
  readonly #valueSizes = new Map<string, Spread>();
  readonly #sums = {
    gets: 0,
    idsRead: 0,
    hits: 0,
    commits: 0,
    opsWritten: 0,
    bytesWritten: 0,
    elided: 0,
    retries: 0,
    failures: 0,
    corrupt: 0,
    fenced: 0,
  };

  /** The sums as they are now. */
  snapshot(): AuthStoreSummary {
    const { hits, ...sums } = this.#sums;
    return {
      ...sums,
      cacheHitRatio: sums.idsRead === 0 ? 0 : hits / sums.idsRead,
      getLatency: this.#getLatency.snapshot(),
      commitLatency: this.#commitLatency.snapshot(),
      batchSize: this.#batchSize.snapshot(),
      valueSizes: new Map(
        [...this.#valueSizes].map(([type, sizes]) => [type, sizes.snapshot()] as const),
      ),
    };
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #add(metric: AuthStoreMetric): void {
    const sums = this.#sums;
    switch (metric.kind) {
      case "get":
        sums.gets += 1;
        sums.idsRead += metric.ids;
        sums.hits += metric.hits;
        sums.failures += metric.failed ? 1 : 0;
        this.#getLatency.add(metric.durationMs * 1000);
        return;
      case "commit":
        sums.commits += 1;
        sums.retries += metric.retries;
        sums.elided += metric.elided;
        this.#commitLatency.add(metric.durationMs * 1000);
        this.#batchSize.add(metric.ops);
        if (metric.failed) {
          sums.failures += 1;
          return;
        }
        sums.opsWritten += metric.ops;
        sums.bytesWritten += metric.bytes;
        for (const { type, bytes } of metric.values) this.#sizesOf(type).add(bytes);
        return;
      case "corrupt":
        sums.corrupt += 1;
        return;
      case "fenced":
        sums.fenced += 1;
    }
  }

  #sizesOf(type: string): Spread {
    const sizes = this.#valueSizes.get(type) ?? new Spread();
    this.#valueSizes.set(type, sizes);
    return sizes;
  }
}

class Spread {
  readonly #counts: number[] = [];
  #count = 0;
  #sum = 0;
  #max = 0;

  add(value: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log2(Math.max(value, 1))));
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += value;
    this.#max = Math.max(this.#max, value);
  }

  snapshot(): Histogram {
    return { count: this.#count, sum: this.#sum, max: this.#max, counts: [...this.#counts] };
  }
}
