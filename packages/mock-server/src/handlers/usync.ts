import { createHash } from "node:crypto";
import type { Login } from "../login.ts";
import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";
import {
  type BinaryNode,
  attr,
  child,
  children,
  requiredAttr,
  requiredChild,
  text,
} from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER, formatJid, parseJid } from "../wire/jid.ts";
import { unixTime } from "../context.ts";
import type { Account } from "../world/account.ts";

interface Asked {
  readonly jid: string;
  readonly account: Account | undefined;
  readonly login: Login;
}

/** What one protocol of a usync query says about a user; `undefined` when it has nothing to say. */
type Protocol = (asked: Asked) => BinaryNode | undefined;

const PROTOCOLS: Readonly<Record<string, Protocol>> = { devices, lid, contact };

/** Questions about users: do they exist, what is their LID, which devices do they have. */
export const usync: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "usync",
    type: "get",
    handle(stanza, login) {
      const request = requiredChild(stanza, "usync");
      const protocols = children(requiredChild(request, "query")).map(({ tag }) => tag);
      const users = children(requiredChild(request, "list"), "user").map((user) =>
        answer(user, protocols, login),
      );
      const attrs = {
        sid: requiredAttr(request, "sid"),
        mode: attr(request, "mode") ?? "query",
        context: attr(request, "context") ?? "interactive",
        index: "0",
        last: "true",
      };
      login.send(
        iqResult(stanza, [
          node("usync", attrs, [
            node(
              "result",
              {},
              protocols.map((tag) => node(tag)),
            ),
            node("list", {}, users),
          ]),
        ]),
      );
    },
  },
];

function answer(user: BinaryNode, protocols: readonly string[], login: Login): BinaryNode {
  const jid = attr(user, "jid") ?? jidOfPhone(user);
  const account = login.context.world.resolve(jid)?.account;
  const answers = protocols.map((tag) => PROTOCOLS[tag]?.({ jid, account, login }));
  return node(
    "user",
    { jid },
    answers.filter((each) => each !== undefined),
  );
}

/** A user asked for by phone number, like "+15550001234". */
function jidOfPhone(user: BinaryNode): string {
  const phone = child(user, "contact");
  const digits = ((phone && text(phone)) ?? "").replaceAll(/\D/g, "");
  return formatJid({ user: digits, server: PN_SERVER, device: 0 });
}

function contact({ account }: Asked): BinaryNode {
  return node("contact", { type: account === undefined ? "out" : "in" });
}

/** Only for those asked for by number: who asks by LID knows it. */
function lid({ jid, account }: Asked): BinaryNode | undefined {
  if (account === undefined || parseJid(jid).server === LID_SERVER) return undefined;
  return node("lid", { val: account.lid });
}

/** The phone and its companions. Baileys leaves out a companion without a key index. */
function devices({ account, login }: Asked): BinaryNode | undefined {
  if (account === undefined) return undefined;
  const companions = account.companions.map(({ device }) =>
    node("device", { id: String(device), "key-index": String(device) }),
  );
  const hash = createHash("sha256");
  for (const device of [0, ...account.companions.map((each) => each.device)]) {
    hash.update(account.jidOn(PN_SERVER, device));
  }
  return node("devices", {}, [
    node("device-list", { hash: `2:${hash.digest().subarray(0, 6).toString("base64url")}` }, [
      node("device", { id: "0" }),
      ...companions,
    ]),
    node(
      "key-index-list",
      { ts: unixTime(login.context.clock) },
      account.primary.signedKeyIndexList(),
    ),
  ]);
}
