import type { Clock } from "@motte/core/clock";
import type { Account } from "../world/account.ts";

/**
 * Whether an account may write to somebody: people it is not in touch with only while it is neither locked out of new
 * chats nor has used up the number it may start. Error 463 otherwise.
 */
export function mayStartChat(from: Account, to: Account, clock: Clock): boolean {
  if (from === to || from.acquaintances.has(to)) return true;
  const { timelock, capping } = from.settings;
  const isLocked = timelock !== undefined && timelock.endsAt > clock.now();
  return !isLocked && capping.status !== "CAPPED";
}
