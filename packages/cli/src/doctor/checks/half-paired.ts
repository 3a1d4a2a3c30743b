import { isRead } from "../facts/store.ts";
import type { StoreCheck } from "../finding.ts";

export const halfPaired: StoreCheck = ({ sessions, shown }) =>
  sessions.flatMap(({ sessionId, records }) =>
    isRead(records) && records.hasIdentity && !records.isPaired
      ? [
          {
            id: "half-paired",
            severity: "error",
            sessionId,
            found:
              "A pairing by code was begun and not finished: WhatsApp refuses a login with these creds (401).",
            remedy: `motte pair ${shown} begins again.`,
          } as const,
        ]
      : [],
  );
