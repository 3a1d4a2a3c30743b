import { writeFile } from "node:fs/promises";
import { assertKnownOptions } from "@motte/core/options";
import type { JournalEntry } from "../journal/entry.ts";
import type { JournalEvent } from "../journal/journal-event.ts";
import type { Journal } from "../journal/journal.ts";
import type { Account } from "../world/account.ts";
import type { World } from "../world/world.ts";
import { LineWriter } from "./line-writer.ts";
import { type TraceLine } from "./trace-line.ts";

export interface TraceOptions {
  /** Take out keys, numbers, names and texts. @defaultValue `true` */
  readonly redact?: boolean;
}

export interface FollowOptions extends TraceOptions {
  /** Go on with what is to come, until the server is closed. @defaultValue `true` */
  readonly follow?: boolean;
}

export interface TracerParts {
  readonly journal: Journal;
  readonly world: World;
  readonly whose: (jid: string) => Account | undefined;
  /** How much waits for a reader that is slow; then the oldest is lost, and a line says so. */
  readonly capacity: number;
}

type Item = JournalEntry | JournalEvent | { readonly plainOf: string };

/** Everything the journal has and gets, line by line. */
export class Tracer {
  readonly #parts: TracerParts;
  readonly #wake = new Set<() => void>();
  #closed = false;

  constructor(parts: TracerParts) {
    this.#parts = parts;
  }

  async *follow(options: FollowOptions = {}): AsyncGenerator<TraceLine, void> {
    assertKnownOptions("server.trace", options, ["redact", "follow"]);
    const { redact = true, follow = true } = options;
    const { journal, world, whose, capacity } = this.#parts;
    const writer = new LineWriter({ journal, whose, redact });
    let waiting: Item[] = merged(journal);
    let lost = 0;
    let wake: (() => void) | undefined;
    const add = (item: Item): void => {
      waiting.push(item);
      wake?.();
    };
    const subscriptions = [
      journal.onEntry(add),
      journal.onEvent(add),
      journal.onPlain((plainOf) => add({ plainOf })),
    ];
    const end = (): void => wake?.();
    this.#wake.add(end);
    try {
      yield writer.header(world);
      for (;;) {
        const batch = waiting;
        waiting = [];
        lost = Math.max(0, batch.length - capacity);
        if (lost > 0 && follow) yield writer.gap(lost);
        for (const item of follow ? batch.slice(lost) : batch) {
          const line = await writer.line(item);
          if (line !== undefined) yield line;
        }
        if (!follow || (this.#closed && waiting.length === 0)) return;
        if (waiting.length > 0) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#wake.delete(end);
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
    }
  }

  /** Writes what there is now. Only its owner may read a file that was not redacted. */
  async write(file: string, options: TraceOptions = {}): Promise<void> {
    assertKnownOptions("server.writeTrace", options, ["redact"]);
    const { redact = true } = options;
    const lines: string[] = [];
    for await (const line of this.follow({ redact, follow: false })) {
      lines.push(`${JSON.stringify(line)}\n`);
    }
    await writeFile(file, lines.join(""), { mode: redact ? 0o644 : 0o600 });
  }

  close(): void {
    this.#closed = true;
    for (const wake of this.#wake) wake();
  }
}

/** Entries and events in the order they came. */
function merged({ entries, events }: Journal): Item[] {
  const items: Item[] = [];
  let next = 0;
  for (const entry of entries) {
    for (; (events[next]?.after ?? Number.POSITIVE_INFINITY) < entry.sequence; next++) {
      const event = events[next];
      if (event !== undefined) items.push(event);
    }
    items.push(entry);
  }
  return [...items, ...events.slice(next)];
}
