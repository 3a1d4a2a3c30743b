import { type RedisClient, redisConnection } from "@motte/core/redis";
import type {
  AuthBackend,
  BackendSession,
  DeleteSessionOptions,
  OpenSessionOptions,
  SessionSummary,
} from "../../backend.ts";
import { assertFree } from "../../lease-conflict.ts";
import { missingSession } from "../../opened-creds.ts";
import { type ServerVerdict, judgeServer, serverFacts, tellWarnings } from "./checks.ts";
import { type OpenedRedis, connectRedis, untilReady } from "./client.ts";
import { newerSchema } from "./errors.ts";
import { indexKey, sessionKeys } from "./keys.ts";
import { RedisLink } from "./link.ts";
import { lookAt } from "./look.ts";
import { type RedisBackendOptions, type RedisSettings, checkRedisOptions } from "./options.ts";
import { list, text } from "./replies.ts";
import { RevisionWatch } from "./revisions.ts";
import { ACQUIRE, DELETE } from "./scripts.ts";
import { RedisSession, onlyRead } from "./session.ts";
import { sessionSummaries } from "./summaries.ts";

export type { RedisClient } from "@motte/core/redis";
export type { RedisWarning } from "./checks.ts";
export type { RedisLibrary } from "./client.ts";
export type { RedisBackendOptions } from "./options.ts";
export type { RecoveredSession } from "./revisions.ts";

const GENERATIONS = 5;
// Each round lost means that another process acquired the session in between.
const ACQUIRE_ROUNDS = 5;

/**
 * Keeps any number of sessions in Redis 6.2 or later, or a cluster of it. `source` is a live client of `redis` or
 * `ioredis`, which the caller closes, or a URL.
 *
 * Throws a `UsageError` for a client or server that cannot be used, before anything is written.
 */
export async function redisBackend(
  source: string | RedisClient,
  options: RedisBackendOptions = {},
): Promise<AuthBackend> {
  const settings = checkRedisOptions(options);
  const { commandTimeoutMs, logger, prefix } = settings;
  const { connection, close } = await connect(source, settings);
  try {
    await untilReady(connection, "this client", commandTimeoutMs);
    const unnamed = new RedisLink({ connection, location: "this client", commandTimeoutMs });
    const addresses = (await unnamed.masters()).map(({ address }) => address).toSorted();
    const location = `redis:${addresses[0] ?? ""}/${prefix}`;
    const link = new RedisLink({ connection, location, commandTimeoutMs });
    const { durability, minReplicas, unsafeServer } = settings;
    const policy = { durability, minReplicas, unsafeServer, isCluster: connection.isCluster };
    const verdict = judgeServer(await serverFacts(link), policy);
    tellWarnings(verdict.warnings, logger, settings.onWarning);
    return new RedisBackend({ ...settings, link, close, verdict });
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(
  source: string | RedisClient,
  settings: RedisSettings,
): Promise<OpenedRedis> {
  if (typeof source === "string") return connectRedis(source, settings);
  return { connection: redisConnection(source), close: async () => {} };
}

interface RedisBackendParts extends RedisSettings {
  readonly link: RedisLink;
  readonly close: () => Promise<void>;
  readonly verdict: ServerVerdict;
}

class RedisBackend implements AuthBackend {
  readonly kind = "redis";
  readonly location: string;
  readonly capabilities: AuthBackend["capabilities"];
  readonly #parts: RedisBackendParts;
  #closed = false;

  constructor(parts: RedisBackendParts) {
    this.location = parts.link.location;
    this.capabilities = {
      atomicBatch: true,
      fencing: "transactional",
      durability: parts.verdict.durability,
      credsGenerations: GENERATIONS,
    };
    this.#parts = parts;
  }

  async open(sessionId: string, options: OpenSessionOptions): Promise<BackendSession> {
    const { prefix, verdict, logger, readOnly } = this.#parts;
    if (readOnly) return this.#looked(sessionId, options);
    // Into the index before it exists: an entry without a session is passed over, a session without one is not found.
    if (options.create) await this.#addToIndex(sessionId);
    const acquired = await this.#acquire(sessionId, options);
    if (!options.create) await this.#addToIndex(sessionId);
    const revisions = new RevisionWatch({
      location: this.location,
      sessionId,
      createdAtMs: acquired.createdAtMs,
      onRecovered: (event) => {
        logger.error({ ...event }, "Redis has lost writes that it had acknowledged");
        this.#parts.onRecovered?.(event);
      },
    });
    revisions.note(acquired.revision, revisions.revision);
    return new RedisSession({
      link: this.#parts.link.forSession(),
      sessionId,
      keys: sessionKeys(prefix, sessionId),
      fence: { epoch: acquired.epoch, owner: options.owner },
      readOnly: false,
      leaseMs: options.leaseMs,
      credsGenerations: GENERATIONS,
      confirmation: verdict.confirmation,
      revisions,
    });
  }

  async *list(): AsyncGenerator<SessionSummary> {
    this.#parts.link.assertOpen();
    const { link, prefix, readOnly } = this.#parts;
    yield* sessionSummaries(link, prefix, { mendsIndex: !readOnly });
  }

  async delete(sessionId: string, { isKnownDead }: DeleteSessionOptions): Promise<void> {
    const { link, prefix, readOnly } = this.#parts;
    if (readOnly) throw onlyRead();
    const keys = sessionKeys(prefix, sessionId);
    const { meta, lease, creds, credsHistory, quarantine, families, recordsPrefix } = keys;
    const touched = [meta, lease, creds, credsHistory, quarantine, families];
    await this.#past(sessionId, isKnownDead, (deadLease) =>
      link.run(DELETE, touched, [deadLease, recordsPrefix]),
    );
    await link.command(indexKey(prefix), "SREM", indexKey(prefix), sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.link.close();
    await this.#parts.close();
  }

  /** A session that is read as whoever had it last has left it, for as long as nobody else comes. */
  async #looked(
    sessionId: string,
    { leaseMs, isKnownDead }: OpenSessionOptions,
  ): Promise<BackendSession> {
    const { link, prefix, verdict } = this.#parts;
    const keys = sessionKeys(prefix, sessionId);
    const { epoch, owner, createdAtMs } = await lookAt(link, keys, sessionId, isKnownDead);
    return new RedisSession({
      link: link.forSession(),
      sessionId,
      keys,
      fence: { epoch, owner },
      readOnly: true,
      leaseMs,
      credsGenerations: GENERATIONS,
      confirmation: verdict.confirmation,
      revisions: new RevisionWatch({
        location: this.location,
        sessionId,
        createdAtMs,
        // Nothing is acknowledged to whoever only reads.
        onRecovered: () => {},
      }),
    });
  }

  async #acquire(
    sessionId: string,
    { owner, leaseMs, create, isKnownDead }: OpenSessionOptions,
  ): Promise<{ readonly epoch: number; readonly revision: number; readonly createdAtMs: string }> {
    const { link, prefix, verdict } = this.#parts;
    const { meta, lease } = sessionKeys(prefix, sessionId);
    const [status, ...found] = await this.#past(sessionId, isKnownDead, (deadLease) => {
      const args = [owner, String(leaseMs), create ? "1" : "0", deadLease];
      return verdict.confirmation === undefined
        ? link.run(ACQUIRE, [meta, lease], args)
        : link.runConfirmed(ACQUIRE, [meta, lease], args, verdict.confirmation);
    });
    if (status === "MISSING") throw missingSession(sessionId);
    if (status === "NEWER") throw newerSchema(sessionId);
    const [epoch, revision, createdAtMs = ""] = found;
    return { epoch: Number(epoch), revision: Number(revision), createdAtMs };
  }

  /** Runs a script that stops at a lease, and again with leave to pass it while its owner is known to be dead. */
  async #past(
    sessionId: string,
    isKnownDead: (owner: string) => boolean,
    run: (deadLease: string) => Promise<unknown>,
  ): Promise<readonly string[]> {
    let deadLease = "";
    for (let round = 1; ; round++) {
      const reply = list(await run(deadLease)).map(text);
      const [status, held = "", remainingMs = "0"] = reply;
      if (status !== "HELD") return reply;
      const owner = held.slice(held.indexOf(":") + 1);
      const isDead = round < ACQUIRE_ROUNDS && isKnownDead(owner);
      const untilMs = Math.max(Number(remainingMs), 1);
      assertFree(sessionId, { owner, untilMs }, 0, () => isDead);
      deadLease = held;
    }
  }

  #addToIndex(sessionId: string): Promise<unknown> {
    const { link, prefix } = this.#parts;
    return link.command(indexKey(prefix), "SADD", indexKey(prefix), sessionId);
  }
}
