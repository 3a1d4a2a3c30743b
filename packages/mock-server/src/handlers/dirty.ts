import { type ServerContext, unixTime } from "../context.ts";
import type { Login } from "../session/login.ts";
import { ib, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { attr, child } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import type { DirtyType } from "../world/settings.ts";

/**
 * Parts of an account a client has to fetch again: `CB:ib,,dirty` in Baileys' chats.js, groups.js and
 * communities.js. Marks stay until a client says that it has seen to them, and are repeated at every login.
 */
export const dirty: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "urn:xmpp:whatsapp:dirty",
    type: "set",
    handle(stanza, login) {
      const clean = child(stanza, "clean");
      const marks = login.account.settings.dirty;
      for (const type of marks.keys()) {
        if (clean !== undefined && attr(clean, "type") === type) marks.delete(type);
      }
      login.send(iqResult(stanza));
    },
  },
];

/** Tells every client of the account that is connected, and the others when they log in. */
export function markDirty(context: ServerContext, account: Account, type: DirtyType): void {
  account.settings.dirty.set(type, Number(unixTime(context.clock)));
  for (const login of context.logins.values()) {
    if (login.account === account) sendMark(login, type);
  }
}

/** Everything that is marked, for a client that has just logged in. */
export function sendDirtyMarks(login: Login): void {
  for (const type of login.account.settings.dirty.keys()) sendMark(login, type);
}

function sendMark(login: Login, type: DirtyType): void {
  const timestamp = String(login.account.settings.dirty.get(type));
  login.send(ib(node("dirty", { type, timestamp })));
}
