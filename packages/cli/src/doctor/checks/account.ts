import { repairable } from "../../repair/repairable.ts";
import { remedies } from "../../stores/remedies.ts";
import { isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

/** What the parts of an account must be to each other, as `motte verify` checks it. */
export const account: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, records }) => {
    if (!isRead(records)) return [];
    return records.findings.map(({ code, severity, count }) => {
      const { meaning, remedy } = remedies[code];
      return {
        id: code,
        severity,
        sessionId,
        found: count === 1 ? meaning : `${meaning} (${count} times)`,
        remedy: repairable.has(code) ? `${remedy} motte repair makes room for that now.` : remedy,
      };
    });
  });
