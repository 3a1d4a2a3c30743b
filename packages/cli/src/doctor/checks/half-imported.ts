import { isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

export const halfImported: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, records }) =>
    !isRead(records) && records.code === "AUTH_STORE_IMPORTING"
      ? [
          {
            id: "half-imported",
            severity: "error",
            sessionId,
            found:
              "A migration into this session was interrupted, so it is not whole and does not open.",
            remedy:
              "Run the same motte migrate or motte import again: it goes on. Or remove it with motte reset.",
          } as const,
        ]
      : [],
  );
