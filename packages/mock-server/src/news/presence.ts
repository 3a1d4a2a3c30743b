import type { ServerContext } from "../context.ts";
import type { Login } from "../session/login.ts";
import { node } from "../replies.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import { isBlocked } from "../world/blocklist.ts";

/** Whether somebody is there: on the phone, or on a client that said so. */
export function isAvailable(context: ServerContext, account: Account): boolean {
  if (account.settings.phoneAvailable) return true;
  return [...context.logins.values()].some((each) => each.account === account && each.available);
}

/** A client says that its user is there or not, or is gone itself. */
export function setAvailable(login: Login, available: boolean): void {
  change(login.context, login.account, () => {
    login.available = available;
  });
  login.context.chatStates.flush(login);
}

/** The phone itself is picked up or put down. */
export function setPhoneAvailable(
  context: ServerContext,
  account: Account,
  available: boolean,
): void {
  change(context, account, () => {
    account.settings.phoneAvailable = available;
  });
}

/** What `viewer` is told of `account`, under the name in the namespace of `server`. */
function presenceOf(
  context: ServerContext,
  account: Account,
  { viewer, server }: { readonly viewer: Account; readonly server: string },
): BinaryNode {
  const from = account.jidOn(server);
  if (isAvailable(context, account) && showsOnline(account, viewer)) {
    return node("presence", { from });
  }
  const { lastSeenAt } = account.settings;
  const seen = lastSeenAt === undefined ? {} : { last: String(Math.floor(lastSeenAt / 1000)) };
  const last = showsLastSeen(account, viewer) ? seen : { last: "deny" };
  return node("presence", { from, type: "unavailable", ...last });
}

/** Sends the presence as it is now to one client that watches it. */
export function sendPresence(login: Login, account: Account): void {
  const server = login.watching.get(account);
  if (server === undefined || isBlocked(account, login.account)) return;
  login.send(presenceOf(login.context, account, { viewer: login.account, server }));
}

function change(context: ServerContext, account: Account, apply: () => void): void {
  const before = isAvailable(context, account);
  apply();
  const after = isAvailable(context, account);
  if (before === after) return;
  if (!after) account.settings.lastSeenAt = context.clock.now();
  for (const login of context.logins.values()) sendPresence(login, account);
}

/** Who hides the own last seen does not see that of others. */
function showsLastSeen(account: Account, viewer: Account): boolean {
  return (
    account.settings.privacy.allows("last", viewer) &&
    viewer.settings.privacy.get("last") !== "none"
  );
}

function showsOnline(account: Account, viewer: Account): boolean {
  return account.settings.privacy.get("online") === "all" || showsLastSeen(account, viewer);
}
