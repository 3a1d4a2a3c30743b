import type { SessionSummary } from "../../backend.ts";
import { indexKey, metaPattern, sessionKeys, sessionOfMeta } from "./keys.ts";
import type { RedisLink } from "./link.ts";
import { list, text, textOrNull } from "./replies.ts";

const PAGE_KEYS = "500";

/** The sessions under a prefix: those in the index, or all there are when the index is lost, which makes it anew. */
export async function* sessionSummaries(
  link: RedisLink,
  prefix: string,
  { mendsIndex }: { readonly mendsIndex: boolean },
): AsyncGenerator<SessionSummary> {
  const index = indexKey(prefix);
  const indexed = Number(await link.command(index, "EXISTS", index)) === 1;
  const seen = new Set<string>();
  for await (const sessionId of indexed ? fromIndex(link, index) : fromKeys(link, prefix)) {
    if (seen.has(sessionId)) continue;
    seen.add(sessionId);
    const summary = await summaryOf(link, prefix, sessionId);
    if (summary === undefined) continue;
    if (!indexed && mendsIndex) await link.command(index, "SADD", index, sessionId);
    yield summary;
  }
}

async function* fromIndex(link: RedisLink, index: string): AsyncGenerator<string> {
  let cursor = "0";
  do {
    const [next, page] = list(
      await link.command(index, "SSCAN", index, cursor, "COUNT", PAGE_KEYS),
    );
    cursor = text(next);
    yield* list(page).map(text);
  } while (cursor !== "0");
}

// Each master of a cluster knows only its own keys.
async function* fromKeys(link: RedisLink, prefix: string): AsyncGenerator<string> {
  const pattern = metaPattern(prefix);
  for (const master of await link.masters()) {
    let cursor = "0";
    do {
      const reply = await link.commandTo(
        master,
        "SCAN",
        cursor,
        "MATCH",
        pattern,
        "COUNT",
        PAGE_KEYS,
      );
      const [next, page] = list(reply);
      cursor = text(next);
      yield* list(page).map((key) => sessionOfMeta(prefix, text(key)));
    } while (cursor !== "0");
  }
}

async function summaryOf(
  link: RedisLink,
  prefix: string,
  sessionId: string,
): Promise<SessionSummary | undefined> {
  const { meta } = sessionKeys(prefix, sessionId);
  const reply = await link.command(meta, "HMGET", meta, "owner", "created", "updated");
  const [owner, created, updated] = list(reply).map(textOrNull);
  if (created === null) return undefined;
  return {
    sessionId,
    owner: owner ?? null,
    createdAtMs: Number(created),
    updatedAtMs: Number(updated),
  };
}
