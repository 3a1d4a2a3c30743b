import { describeOwner } from "@motte/auth-stores";
import type { StoreCheck } from "../finding.ts";

export const deadOwner: StoreCheck = ({ sessions }) =>
  sessions.flatMap(({ sessionId, owner, ownerIsGone }) =>
    owner !== null && ownerIsGone
      ? [
          {
            id: "dead-owner",
            severity: "notice",
            sessionId,
            found: `${describeOwner(owner)} had the session open and is gone without closing it.`,
            remedy: "Nothing: whoever opens it next takes over.",
          } as const,
        ]
      : [],
  );
