import { type SessionSummary, describeOwner, isOwnerKnownDead } from "@motte/auth-stores";
import { durationWords } from "../terminal/duration.ts";
import { table } from "../terminal/table.ts";
import { type SessionStanding, standingWords } from "./session-standing.ts";

/** A session and whether it is the one to go on from. */
export interface ListedSession extends SessionSummary {
  readonly standing: SessionStanding;
  /** The name of the store that it is by itself, when the one that was listed does not open it. */
  readonly store?: string;
}

/** The sessions of a store for programs. */
export function sessionDocuments(sessions: readonly ListedSession[]): readonly object[] {
  return sessions.map(({ sessionId, owner, createdAtMs, updatedAtMs, standing, store }) => ({
    sessionId,
    owner: owner === null ? null : describeOwner(owner),
    ownerIsGone: owner === null ? null : isOwnerKnownDead(owner),
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
    ...standing,
    ...(store !== undefined && { store }),
  }));
}

/** The sessions of a store as a table. */
export function sessionLines(sessions: readonly ListedSession[], nowMs: number): readonly string[] {
  if (sessions.length === 0) return ["no sessions"];
  const notes = sessions.map(({ standing, store }) =>
    [standingWords(standing), ...(store === undefined ? [] : [`open it as ${store}`])]
      .filter((words) => words !== "")
      .join("; "),
  );
  const hasNotes = notes.some((note) => note !== "");
  return table(
    ["session", "changed", "made", "open in", ...(hasNotes ? ["note"] : [])],
    sessions.map(({ sessionId, owner, createdAtMs, updatedAtMs }, at) => [
      sessionId,
      `${durationWords(nowMs - updatedAtMs)} ago`,
      new Date(createdAtMs).toISOString().slice(0, 10),
      ownerWords(owner),
      ...(hasNotes ? [notes[at] ?? ""] : []),
    ]),
  );
}

function ownerWords(owner: string | null): string {
  if (owner === null) return "nothing";
  return isOwnerKnownDead(owner) ? `${describeOwner(owner)}, which is gone` : describeOwner(owner);
}
