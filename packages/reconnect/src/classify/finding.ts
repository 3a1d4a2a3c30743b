import type { DisconnectCause, DisconnectOrigin } from "../causes.ts";
import type { Disconnect } from "../disconnect.ts";

/** What one reader makes of the evidence; the rest of a `Disconnect` follows from it. */
export interface Finding extends Pick<
  Disconnect,
  "retryAfterMs" | "banCode" | "notice" | "wsCode" | "stanza"
> {
  readonly cause: DisconnectCause;
  /** Where it showed, when that is not where its cause usually does. */
  readonly origin?: DisconnectOrigin;
}
