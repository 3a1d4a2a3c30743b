import { UsageError } from "@motte/core/errors";
import type { BackendSession, CredsGeneration, Fence, WriteBatch } from "../../backend.ts";
import { AuthStoreError } from "../../errors.ts";
import { fencedOff } from "../../lease-conflict.ts";
import { type EncodedBatch, encodeBatch } from "./batch.ts";
import { foreignKeys } from "./errors.ts";
import type { SessionKeys } from "./keys.ts";
import type { Confirmation, RedisLink } from "./link.ts";
import { bytesOrNull, list, pairs, text, textOrNull } from "./replies.ts";
import type { RevisionWatch } from "./revisions.ts";
import { COMMIT, READ_META, RELEASE, RENEW, type RedisScript } from "./scripts.ts";

const PAGE_RECORDS = "500";

export interface RedisSessionParts {
  readonly link: RedisLink;
  readonly sessionId: string;
  readonly keys: SessionKeys;
  /** Of a session that is only read, that of whoever had it last; `""` for the owner of one that was given up. */
  readonly fence: Fence;
  readonly readOnly: boolean;
  readonly leaseMs: number;
  readonly credsGenerations: number;
  readonly confirmation: Confirmation | undefined;
  readonly revisions: RevisionWatch;
}

/** One acquired session in Redis. A commit is one script, which first checks whose session it is. */
export class RedisSession implements BackendSession {
  readonly fence: Fence;
  readonly #parts: RedisSessionParts;
  #released = false;
  #lastCommit: Promise<void> = Promise.resolve();

  constructor(parts: RedisSessionParts) {
    this.fence = parts.fence;
    this.#parts = parts;
  }

  async readCreds(): Promise<Uint8Array | null> {
    const creds = bytesOrNull(await this.#command("GET", this.#parts.keys.creds));
    if (creds === null) await this.#assertNeverHadCreds();
    return creds;
  }

  async readCredsHistory(): Promise<readonly CredsGeneration[]> {
    const reply = await this.#command("LRANGE", this.#parts.keys.credsHistory, "0", "-1");
    await this.#assertStillThere();
    return list(reply).map(generationOf);
  }

  async readMeta(): Promise<ReadonlyMap<string, Uint8Array>> {
    this.#assertUsable();
    const reply = await this.#parts.link.run(READ_META, [this.#parts.keys.meta], []);
    await this.#assertStillThere();
    const own = pairs(reply).filter(([name]) => name.startsWith("m:"));
    return new Map(own.map(([name, value]) => [name.slice(2), value]));
  }

  async read(type: string, ids: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    this.#assertUsable();
    if (ids.length === 0) return [];
    const values = list(await this.#command("HMGET", this.#records(type), ...ids)).map(bytesOrNull);
    if (values.includes(null)) await this.#assertStillThere();
    return values;
  }

  async commit(batch: WriteBatch): Promise<void> {
    this.#assertUsable();
    if (this.#parts.readOnly) throw onlyRead();
    const { keys, leaseMs, credsGenerations } = this.#parts;
    const target = { keys, leaseMs, credsGenerations, fence: this.fence };
    const encoded = encodeBatch(batch, target);
    // One at a time: a server that does not know the script is sent it in a second message, which a commit sent
    // meanwhile would overtake.
    const committed = this.#commitAfter(this.#lastCommit, encoded);
    this.#lastCommit = committed.catch(() => undefined);
    await committed;
  }

  async types(): Promise<readonly string[]> {
    const reply = await this.#command("SMEMBERS", this.#parts.keys.families);
    await this.#assertStillThere();
    return list(reply).map(text);
  }

  async *ids(type: string): AsyncGenerator<string> {
    for await (const [id] of this.scan(type)) yield id;
  }

  async *scan(type: string): AsyncGenerator<readonly [string, Uint8Array]> {
    // HSCAN may return a record twice while Redis grows or shrinks the hash.
    const seen = new Set<string>();
    let cursor = "0";
    do {
      const reply = await this.#command(
        "HSCAN",
        this.#records(type),
        cursor,
        "COUNT",
        PAGE_RECORDS,
      );
      const [next, page] = list(reply);
      cursor = text(next);
      if (cursor === "0") await this.#assertStillThere();
      for (const [id, value] of pairs(page)) {
        if (seen.has(id)) continue;
        seen.add(id);
        yield [id, value];
      }
    } while (cursor !== "0");
  }

  async renew(): Promise<"renewed" | "lost"> {
    const { revisions, readOnly } = this.#parts;
    const before = revisions.revision;
    try {
      if (readOnly) await this.#assertStillThere();
      else
        revisions.note(await this.#owned(RENEW, this.#ownershipKeys(), this.#ownership()), before);
      return "renewed";
    } catch (error) {
      if (error instanceof AuthStoreError && error.code === "AUTH_STORE_FENCED") return "lost";
      throw error;
    }
  }

  async release(): Promise<void> {
    if (this.#released) return;
    if (!this.#parts.readOnly) {
      await this.#parts.link.run(RELEASE, this.#ownershipKeys(), this.#ownership());
    }
    this.#released = true;
  }

  async #commitAfter(previous: Promise<void>, { keys, args }: EncodedBatch): Promise<void> {
    await previous;
    const { revisions } = this.#parts;
    const before = revisions.revision;
    revisions.note(await this.#owned(COMMIT, keys, args), before);
  }

  /** Runs a script that writes only for the owner; returns the session's revision. */
  async #owned(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
  ): Promise<number> {
    this.#assertUsable();
    const { link, confirmation } = this.#parts;
    const reply =
      confirmation === undefined
        ? await link.run(script, keys, args)
        : await link.runConfirmed(script, keys, args, confirmation);
    const [status = "", revision] = list(reply).map(text);
    switch (status) {
      case "OK":
        return Number(revision);
      case "FENCED":
        throw fencedOff(this.#parts.sessionId);
      case "WRONGTYPE":
        throw foreignKeys(link.location);
      default:
        throw goneFromRedis(this.#parts.sessionId);
    }
  }

  // A server that came back empty answers every read with "there is none". Epochs are not used twice, so if the
  // session is ours after the read, it was there during it.
  async #assertStillThere(): Promise<void> {
    const reply = await this.#command("HMGET", this.#parts.keys.meta, "epoch", "owner");
    const [epoch, owner] = list(reply).map(textOrNull);
    if (epoch === null) throw goneFromRedis(this.#parts.sessionId);
    if (epoch !== String(this.fence.epoch) || (owner ?? "") !== this.fence.owner) {
      throw fencedOff(this.#parts.sessionId);
    }
  }

  // A server that evicts may drop the creds alone, and whoever then made new ones would have another identity.
  async #assertNeverHadCreds(): Promise<void> {
    await this.#assertStillThere();
    const { keys, link, sessionId } = this.#parts;
    const hadCreds = bytesOrNull(await this.#command("HGET", keys.meta, "credsRev")) !== null;
    if (!hadCreds || (await this.#command("EXISTS", keys.creds)) !== 0) return;
    throw new AuthStoreError(
      "AUTH_STORE_CORRUPT",
      `The session's creds are no longer in ${link.location} although they were stored there: the server has evicted ` +
        "them, or somebody has deleted them. Restore a backup, or delete the session and pair again",
      { sessionId },
    );
  }

  #command(name: string, key: string, ...rest: string[]): Promise<unknown> {
    this.#assertUsable();
    return this.#parts.link.command(key, name, key, ...rest);
  }

  #records(type: string): string {
    return this.#parts.keys.recordsPrefix + type;
  }

  #ownershipKeys(): string[] {
    return [this.#parts.keys.meta, this.#parts.keys.lease];
  }

  #ownership(): string[] {
    return [String(this.fence.epoch), this.fence.owner, String(this.#parts.leaseMs)];
  }

  #assertUsable(): void {
    this.#parts.link.assertOpen();
    if (!this.#released) return;
    throw new AuthStoreError("AUTH_STORE_CLOSED", "This session has been given up: open it again", {
      sessionId: this.#parts.sessionId,
    });
  }
}

function generationOf(reply: unknown): CredsGeneration {
  const stored = bytesOrNull(reply) ?? Buffer.alloc(0);
  const first = stored.indexOf(":");
  const second = stored.indexOf(":", first + 1);
  return {
    revision: Number(stored.subarray(0, first)),
    replacedAtMs: Number(stored.subarray(first + 1, second)),
    creds: stored.subarray(second + 1),
  };
}

/** What whoever writes through a backend gets that was opened with `readOnly`. */
export function onlyRead(): UsageError {
  return new UsageError(
    "USAGE_INVALID_OPTION",
    "This store was opened with { readOnly: true }, so nothing was written: leave readOnly out to write",
  );
}

function goneFromRedis(sessionId: string): AuthStoreError {
  return new AuthStoreError(
    "AUTH_STORE_FENCED",
    "The session is no longer in Redis: it was deleted, or the server has lost its data. Nothing was written, so that " +
      "no login without creds comes into being: end the socket, restore the data, or delete and pair again",
    { sessionId },
  );
}
