import type { RedisArgument } from "@motte/core/redis";
import { StoreKitError } from "../../errors.ts";
import type { RedisLink } from "../../kv/redis-link.ts";
import { listReply, textReply, unexpectedReply } from "../../kv/redis-reply.ts";
import type { TableName } from "../table.ts";
import type { Batch } from "./change-log.ts";
import { CLAIM, REPLACE_TABLES, WRITE_CHANGES } from "./scripts.ts";

type Encoded = ReadonlyMap<TableName, Iterable<readonly [string, Uint8Array]>>;

const READ_AT_ONCE = 500;
const STAGED_AT_ONCE = 500;
/** What was staged by a process that died is gone after this. */
const STAGED_LIFE_MS = 3_600_000;

/**
 * One account's tables in Redis: a hash per table, and one that says whose they are. All keys share a hash tag, so they
 * lie in one slot of a cluster.
 */
export class RedisHome {
  readonly #link: RedisLink;
  readonly #base: string;
  readonly #token: string;
  #epoch = "";
  #seq = 0;

  constructor(link: RedisLink, base: string, token: string) {
    this.#link = link;
    this.#base = base;
    this.#token = token;
  }

  /** Takes the tables from whoever had them: of that process nothing is written any more. */
  async claim(): Promise<void> {
    this.#epoch = textReply(await this.#link.run(CLAIM, [this.#owner], [this.#token]));
  }

  /** Hands on every row, some at a time. */
  async read(table: TableName, take: (key: string, value: Buffer) => void): Promise<void> {
    const rows = this.#rows(table);
    let cursor = "0";
    do {
      const count = String(READ_AT_ONCE);
      const reply = await this.#link.command(rows, "HSCAN", rows, cursor, "COUNT", count);
      const [next, fields] = listReply(reply);
      const flat = listReply(fields);
      for (let index = 0; index + 1 < flat.length; index += 2) {
        const value = flat[index + 1];
        if (!Buffer.isBuffer(value)) throw unexpectedReply();
        take(textReply(flat[index]), value);
      }
      cursor = textReply(next);
    } while (cursor !== "0");
  }

  /** Answers false when Redis has lost what it had of us. */
  async write({ changes }: Batch, seq: number): Promise<boolean> {
    const tables = [...new Set(changes.map(({ table }) => table))];
    const args = changes.flatMap(({ table, key, value }): RedisArgument[] => [
      String(tables.indexOf(table) + 1),
      key,
      value === undefined ? "" : bufferOf(value),
    ]);
    const keys = [this.#owner, ...tables.map((table) => this.#rows(table))];
    const reply = textReply(
      await this.#link.run(WRITE_CHANGES, keys, [this.#epoch, this.#token, String(seq), ...args]),
    );
    if (reply === "LOST") return false;
    assertWritten(reply);
    return true;
  }

  /** Puts these rows in the place of all there are: staged at first, then together. */
  async replace(encoded: Encoded, seq: number): Promise<void> {
    const keys = [this.#owner];
    const counts: string[] = [];
    for (const [table, rows] of encoded) {
      const staged = `${this.#base}:staged:${this.#token}:${table}`;
      keys.push(this.#rows(table), staged);
      counts.push(String(await this.#stage(staged, rows)));
    }
    const args = [this.#epoch, this.#token, String(seq), ...counts];
    assertWritten(textReply(await this.#link.run(REPLACE_TABLES, keys, args)));
  }

  /** The number of the next write, which Redis makes at most once. */
  nextSeq(): number {
    return ++this.#seq;
  }

  async #stage(staged: string, rows: Iterable<readonly [string, Uint8Array]>): Promise<number> {
    await this.#link.command(staged, "UNLINK", staged);
    let count = 0;
    let fields: RedisArgument[] = [];
    const send = async (): Promise<void> => {
      if (fields.length === 0) return;
      await this.#link.command(staged, "HSET", staged, ...fields);
      await this.#link.command(staged, "PEXPIRE", staged, String(STAGED_LIFE_MS));
      fields = [];
    };
    for (const [key, value] of rows) {
      count += 1;
      fields.push(key, bufferOf(value));
      if (fields.length >= 2 * STAGED_AT_ONCE) await send();
    }
    await send();
    return count;
  }

  get #owner(): string {
    return `${this.#base}:owner`;
  }

  #rows(table: TableName): string {
    return `${this.#base}:rows:${table}`;
  }
}

export function takenOver(): StoreKitError {
  return new StoreKitError(
    "STORE_KIT_TAKEN_OVER",
    "Another process has opened this account's tables since, and only that one writes them: end this one, or open them again",
  );
}

function assertWritten(reply: string): void {
  if (reply === "TAKEN") throw takenOver();
  if (reply === "OK") return;
  throw new StoreKitError(
    "STORE_KIT_UNAVAILABLE",
    "Redis lost some of the rows that were being written, and is given them again",
    { retryable: true },
  );
}

function bufferOf(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
