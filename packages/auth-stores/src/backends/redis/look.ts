import { assertFree } from "../../lease-conflict.ts";
import { missingSession } from "../../opened-creds.ts";
import { newerSchema } from "./errors.ts";
import type { SessionKeys } from "./keys.ts";
import type { RedisLink } from "./link.ts";
import { list, text, textOrNull } from "./replies.ts";
import { SCHEMA } from "./scripts.ts";

/** How whoever had a session last has left it. */
export interface LookedAt {
  readonly epoch: number;
  /** `""` when it was given up. */
  readonly owner: string;
  readonly createdAtMs: string;
}

/** Finds a session without acquiring it. Throws what acquiring it would. */
export async function lookAt(
  link: RedisLink,
  { meta, lease }: SessionKeys,
  sessionId: string,
  isKnownDead: (owner: string) => boolean,
): Promise<LookedAt> {
  const reply = await link.command(meta, "HMGET", meta, "schema", "epoch", "owner", "created");
  const [schema, epoch, owner, created] = list(reply).map(textOrNull);
  if (schema === null || schema === undefined) throw missingSession(sessionId);
  if (Number(schema) > SCHEMA) throw newerSchema(sessionId);
  const held = textOrNull(await link.command(lease, "GET", lease));
  if (held !== null) {
    const untilMs = Math.max(Number(text(await link.command(lease, "PTTL", lease))), 1);
    const holder = held.slice(held.indexOf(":") + 1);
    assertFree(sessionId, { owner: holder, untilMs }, 0, isKnownDead);
  }
  return { epoch: Number(epoch), owner: owner ?? "", createdAtMs: created ?? "" };
}
