import { type SessionSummary, describeOwner, isOwnerKnownDead } from "@motte/auth-stores";
import { durationWords } from "../terminal/duration.ts";
import { table } from "../terminal/table.ts";

/** The sessions of a store for programs. */
export function sessionDocuments(sessions: readonly SessionSummary[]): readonly object[] {
  return sessions.map(({ sessionId, owner, createdAtMs, updatedAtMs }) => ({
    sessionId,
    owner: owner === null ? null : describeOwner(owner),
    ownerIsGone: owner === null ? null : isOwnerKnownDead(owner),
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  }));
}

/** The sessions of a store as a table. */
export function sessionLines(
  sessions: readonly SessionSummary[],
  nowMs: number,
): readonly string[] {
  if (sessions.length === 0) return ["no sessions"];
  return table(
    ["session", "changed", "made", "open in"],
    sessions.map(({ sessionId, owner, createdAtMs, updatedAtMs }) => [
      sessionId,
      `${durationWords(nowMs - updatedAtMs)} ago`,
      new Date(createdAtMs).toISOString().slice(0, 10),
      ownerWords(owner),
    ]),
  );
}

function ownerWords(owner: string | null): string {
  if (owner === null) return "nothing";
  return isOwnerKnownDead(owner) ? `${describeOwner(owner)}, which is gone` : describeOwner(owner);
}
