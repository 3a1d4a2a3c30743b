import { isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

export const corruptRecords: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, records }) => {
    if (!isRead(records) || records.corrupt.size === 0) return [];
    const families = [...records.corrupt].map(([type, count]) => `${count} in ${type}`).join(", ");
    return [
      {
        id: "corrupt-records",
        severity: "error",
        sessionId,
        found: `Records cannot be read: ${families}.`,
        remedy:
          "motte repair sets them aside, as a bot does when it meets them; Signal and Baileys make them anew.",
      },
    ];
  });
