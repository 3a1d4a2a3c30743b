import { type AdmissionLane, LANES } from "./admission.ts";

/** Someone who waits for a turn. */
export interface Waiter {
  /** Counts the requests, so the lower number came first. */
  readonly number: number;
  readonly id: string;
  readonly lane: AdmissionLane;
  readonly key: string;
}

/** Queues by lane and egress. Within a lane the first to come is the first to go, whatever its egress. */
export class WaitingRoom<W extends Waiter> {
  readonly #queues = new Map<AdmissionLane, Map<string, Set<W>>>(
    LANES.map((lane) => [lane, new Map<string, Set<W>>()]),
  );
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(waiter: W): void {
    const queues = this.#lane(waiter.lane);
    const queue = queues.get(waiter.key) ?? new Set<W>();
    queues.set(waiter.key, queue);
    queue.add(waiter);
    this.#size++;
  }

  /** Whether it was there. */
  remove(waiter: W): boolean {
    const queues = this.#lane(waiter.lane);
    const queue = queues.get(waiter.key);
    if (queue === undefined || !queue.delete(waiter)) return false;
    if (queue.size === 0) queues.delete(waiter.key);
    this.#size--;
    return true;
  }

  /** The first in the most urgent lane whose egress may go. */
  first(mayGo: (key: string) => boolean): W | undefined {
    for (const lane of LANES) {
      let first: W | undefined;
      for (const head of this.#heads(lane)) {
        const sooner = first === undefined || head.number < first.number;
        if (sooner && mayGo(head.key)) first = head;
      }
      if (first !== undefined) return first;
    }
    return undefined;
  }

  /** The first of every lane on one egress, the most urgent lane first. */
  headsOf(key: string): readonly W[] {
    return LANES.flatMap((lane) => {
      const [head] = this.#lane(lane).get(key) ?? [];
      return head === undefined ? [] : [head];
    });
  }

  /** The egresses that somebody waits for. */
  keys(): ReadonlySet<string> {
    return new Set(LANES.flatMap((lane) => [...this.#lane(lane).keys()]));
  }

  /** How many wait in each lane. */
  countByLane(): Readonly<Record<AdmissionLane, number>> {
    const count = (lane: AdmissionLane): number =>
      [...this.#lane(lane).values()].reduce((sum, { size }) => sum + size, 0);
    return {
      pairing: count("pairing"),
      restart: count("restart"),
      reconnect: count("reconnect"),
      boot: count("boot"),
      probe: count("probe"),
    };
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (const lane of LANES) {
      for (const queue of this.#lane(lane).values()) yield* queue;
    }
  }

  *#heads(lane: AdmissionLane): IterableIterator<W> {
    for (const queue of this.#lane(lane).values()) {
      const [head] = queue;
      if (head !== undefined) yield head;
    }
  }

  #lane(lane: AdmissionLane): Map<string, Set<W>> {
    const queues = this.#queues.get(lane);
    if (queues === undefined) throw new Error(`There is no lane "${lane}"`);
    return queues;
  }
}
