import type { StoreCheck } from "../finding.ts";

export const leftovers: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, leftovers: left }) => {
    if (left === undefined) return [];
    const { journals, temporary } = left;
    return [
      {
        id: "leftovers",
        severity: "warning",
        sessionId,
        found: `A process that was killed has left ${journals.length} journals and ${temporary.length} temporary files: the files are not up to date.`,
        remedy:
          "motte repair brings them together; so does the next start of the bot, but not one with Baileys alone.",
      },
    ];
  });
