import { Emitter, type Event } from "@motte/core/events";
import type { Logger } from "@motte/core/logger";
import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from "@whiskeysockets/baileys";
import type { WriteOp } from "./backend.ts";
import type { ValueCodec } from "./codec/value-codec.ts";
import { assertReadable } from "./encryption/unreadable.ts";
import { publishMetric } from "./metrics.ts";
import type { RecordStore } from "./record-store.ts";

/** A record whose bytes could not be understood. They were set aside and the record now reads as absent. */
export interface CorruptRecord {
  readonly sessionId: string;
  readonly type: string;
  readonly id: string;
  /** What was wrong with the bytes; never the bytes. */
  readonly reason: string;
}

/** Baileys' key store, which can also be listed, as its next version asks of a store. */
export interface AuthKeyStore extends Required<SignalKeyStore> {
  /** The ids of one family that are stored. Records written meanwhile may or may not appear; none appears twice. */
  listIds(type: keyof SignalDataTypeMap): AsyncIterable<string>;
  /** The records of one family that are stored, with the same promise. Corrupt ones are set aside and left out. */
  list<T extends keyof SignalDataTypeMap>(
    type: T,
  ): AsyncIterable<readonly [id: string, value: SignalDataTypeMap[T]]>;
}

export interface CodedKeyStoreOptions {
  readonly sessionId: string;
  readonly records: RecordStore;
  readonly codec: ValueCodec;
  readonly logger: Logger;
}

/**
 * Baileys' key store over records.
 *
 * One `set` is atomic, durable when it resolves, and may be repeated. `get` answers `null` for what is absent,
 * which spares Baileys a second look (auth-utils.js remembers `null` in a transaction, not an omission), and
 * gives every caller values of its own. Families it has never heard of are stored as they are.
 */
export class CodedKeyStore implements AuthKeyStore {
  readonly #options: CodedKeyStoreOptions;
  readonly #corrupt = new Emitter<CorruptRecord>();
  // Baileys repeats a failed commit with the same object (auth-utils.js commitWithRetry). What it was computed
  // from does not get better because somebody else has read the record since.
  readonly #refused = new WeakMap<object, unknown>();

  constructor(options: CodedKeyStoreOptions) {
    this.#options = options;
  }

  get onCorrupt(): Event<CorruptRecord> {
    return this.#corrupt.event;
  }

  readonly get = async <T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<{ [id: string]: SignalDataTypeMap[T] }> => {
    // Peers choose ids, and "__proto__" must be an id like any other.
    const found: { [id: string]: SignalDataTypeMap[T] } = Object.create(null);
    if (ids.length > 0) {
      const values = await this.#options.records.read(type, ids);
      for (const [index, id] of ids.entries()) {
        // The codec gives each family its run-time shape; Baileys' types leave out the `null` of an absent id, which
        // every caller in Baileys accepts.
        Reflect.set(found, id, await this.#decode(type, id, values[index] ?? null));
      }
    }
    return found;
  };

  readonly set = async (data: SignalDataSet): Promise<void> => {
    if (this.#refused.has(data)) throw this.#refused.get(data);
    const ops = this.#encode(data);
    if (ops.length === 0) return;
    try {
      this.#options.records.assertReadable(ops);
    } catch (error) {
      this.#refused.set(data, error);
      throw error;
    }
    await this.#options.records.write({ ops });
  };

  readonly clear = (): Promise<void> => this.#options.records.write({ ops: [], clear: "keys" });

  readonly listIds = (type: keyof SignalDataTypeMap): AsyncIterable<string> =>
    this.#options.records.ids(type);

  readonly list = <T extends keyof SignalDataTypeMap>(
    type: T,
  ): AsyncIterable<readonly [id: string, value: SignalDataTypeMap[T]]> => this.#decoded(type);

  async *#decoded<T extends keyof SignalDataTypeMap>(
    type: T,
  ): AsyncGenerator<readonly [id: string, value: SignalDataTypeMap[T]]> {
    for await (const [id, bytes] of this.#options.records.scan(type)) {
      // As in `get`, the codec gives each family the run-time shape that Baileys' types describe.
      const found: { value?: SignalDataTypeMap[T] } = {};
      Reflect.set(found, "value", await this.#decode(type, id, bytes));
      if (found.value) yield [id, found.value];
    }
  }

  #encode(data: SignalDataSet): WriteOp[] {
    const ops: WriteOp[] = [];
    for (const [type, records] of Object.entries<Record<string, unknown> | undefined>(data)) {
      for (const [id, value] of Object.entries(records ?? {})) {
        // As Baileys' own store does, anything falsy deletes (use-multi-file-auth-state.js).
        if (value)
          ops.push({ op: "put", type, id, value: this.#options.codec.encode(type, value) });
        else ops.push({ op: "del", type, id });
      }
    }
    return ops;
  }

  async #decode(type: string, id: string, bytes: Uint8Array | null): Promise<unknown> {
    if (bytes === null) return null;
    try {
      assertReadable(bytes);
      return this.#options.codec.decode(type, bytes);
    } catch (error) {
      await this.#setAside(type, id, bytes, error);
      return null;
    }
  }

  // Signal renegotiates whatever is lost here: a session or sender key by a retry receipt, an app-state key by the
  // phone sharing it again. Answering with an error instead would stop every message of that contact for good.
  async #setAside(type: string, id: string, value: Uint8Array, error: unknown): Promise<void> {
    const { records, sessionId, logger } = this.#options;
    const reason = error instanceof Error ? error.name : "unreadable";
    await records.write({ ops: [{ op: "quarantine", type, id, value, reason }] });
    publishMetric(() => ({ kind: "corrupt", sessionId, type }));
    logger.error({ type, reason }, "a corrupt auth record was set aside");
    this.#corrupt.emit({ sessionId, type, id, reason });
  }
}
