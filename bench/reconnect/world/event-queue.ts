/** Something that happens at a time, in the order in which it was planned, unless it is disposed of before. */
class Planned implements Disposable {
  readonly atMs: number;
  readonly order: number;
  #run: (() => void) | undefined;

  constructor(atMs: number, order: number, run: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.#run = run;
  }

  run(): void {
    this.#run?.();
  }

  [Symbol.dispose](): void {
    this.#run = undefined;
  }
}

/** What is still to happen, soonest first: a binary heap, because ten thousand bots plan twenty thousand things. */
export class EventQueue {
  readonly #heap: Planned[] = [];
  #order = 0;

  get nextAtMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  add(atMs: number, run: () => void): Disposable {
    const heap = this.#heap;
    const added = new Planned(atMs, this.#order++, run);
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !sooner(added, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = added;
    return added;
  }

  /** Takes out what happens next. */
  take(): Planned | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || last === first) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      if (left === undefined) break;
      const right = heap[2 * index + 2];
      const goRight = right !== undefined && sooner(right, left);
      const child = goRight ? right : left;
      if (!sooner(child, last)) break;
      heap[index] = child;
      index = 2 * index + (goRight ? 2 : 1);
    }
    heap[index] = last;
    return first;
  }
}

function sooner(one: Planned, other: Planned): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
