import { isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

const CODES = ["AUTH_STORE_CORRUPT", "MIGRATION_SOURCE_UNREADABLE"];

export const unreadableCreds: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, records }) =>
    !isRead(records) && CODES.includes(records.code)
      ? [
          {
            id: "unreadable-creds",
            severity: "error",
            sessionId,
            found:
              "The creds, or what stands about the session, cannot be read, so it does not open.",
            remedy:
              "Restore a backup, or open it once with { recoverCreds: true }: five earlier creds are kept.",
          } as const,
        ]
      : [],
  );
