import { isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

export const senderKeyMemory: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, records }) => {
    const count = isRead(records) ? records.orphanedMemories : 0;
    if (count === 0) return [];
    return [
      {
        id: "sender-key-memory",
        severity: "warning",
        sessionId,
        found: `In ${count} ${count === 1 ? "group" : "groups"}, members are noted to have our sender key, and there is none: they could not read the next message.`,
        remedy:
          "motte repair takes the notes away, and the next message brings everybody the new key.",
      },
    ];
  });
