import { unixTime } from "../../context.ts";
import type { Login } from "../../session/login.ts";
import { ib, node } from "../../replies.ts";

/**
 * Tells a client that logs in for the first time that its account is in groups it has not heard of. Baileys then
 * fetches all of them.
 */
export function markGroupsDirty(login: Login): void {
  const { companion, account, context } = login;
  if (companion.synced || context.world.groups.of(account).length === 0) return;
  const timestamp = unixTime(context.clock);
  login.send(ib(node("dirty", { type: "groups", timestamp })));
}
