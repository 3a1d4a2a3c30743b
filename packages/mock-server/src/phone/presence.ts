import { UsageError } from "@motte/core/errors";
import type { ServerContext } from "../context.ts";
import { sendChatState } from "../handlers/chatstate.ts";
import { setPhoneAvailable } from "../news/presence.ts";
import type { Account } from "../world/account.ts";
import type { ChatState } from "../world/settings.ts";
import type { ChatTarget } from "./correspondent.ts";

/** Whether somebody has WhatsApp open. */
export type PresenceState = "available" | "unavailable";

interface Shower {
  readonly account: Account;
  readonly context: ServerContext;
}

export function showPresence({ account, context }: Shower, state: PresenceState): void {
  if (state !== "available" && state !== "unavailable") {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `A presence is "available" or "unavailable", not ${String(state)}; for typing there is contact.typing()`,
    );
  }
  setPhoneAvailable(context, account, state === "available");
}

export function showChatState(
  { account, context }: Shower,
  to: ChatTarget,
  state: ChatState,
): void {
  sendChatState(context, account, { to: "jid" in to ? to.jid : to.pn, state });
}
