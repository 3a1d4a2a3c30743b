import { UsageError } from "@motte/core/errors";
import type { Member, RedisTable } from "./redis-table.ts";

/** The newest messages of a chat under any of its forms, after the one where the last page ended. */
export async function membersBefore(
  table: RedisTable,
  forms: readonly string[],
  after: Member | undefined,
  limit: number,
): Promise<readonly Member[]> {
  const found = new Map<string, Member>();
  for (const form of forms) {
    // Members of the very moment where the last page ended come again, and are left out below.
    for (let count = limit; ; count *= 2) {
      const members = await table.timeline(form, after?.score ?? "+inf", count);
      const older = members.filter((member) => after === undefined || isBefore(member, after));
      if (older.length < limit && members.length === count) continue;
      for (const member of older) found.set(member.text, member);
      break;
    }
  }
  return [...found.values()].toSorted((a, b) => (isBefore(a, b) ? 1 : -1)).slice(0, limit);
}

/** Whether `a` comes after `b` on a page, newest first. */
function isBefore(a: Member, b: Member): boolean {
  return a.score < b.score || (a.score === b.score && a.text < b.text);
}

/** Where a page ends, as text. */
export function cursorOf({ score, text }: Member): string {
  return Buffer.from(`${score} ${text}`).toString("base64url");
}

/** @throws UsageError for text that no page gave. */
export function memberOf(cursor: string): Member {
  const [, score, text] =
    /^(\d{1,16}) (.+)$/s.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (score !== undefined && text !== undefined) return { score: Number(score), text };
  throw new UsageError("USAGE_INVALID_OPTION", "before must be what an earlier page gave");
}
