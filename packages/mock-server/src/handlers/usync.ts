import type { Login } from "../session/login.ts";
import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import {
  type BinaryNode,
  attr,
  child,
  children,
  requiredAttr,
  requiredChild,
  text,
} from "../wire/binary-node.ts";
import { PN_SERVER, formatJid } from "../wire/jid.ts";
import { type UsyncSubject, usyncProtocol } from "./usync-protocols.ts";

/**
 * Questions about users: do they exist, what is their LID, which devices do they have, what do they say of
 * themselves. `executeUSyncQuery` of Baileys' socket.js asks them, and `WAUSync/Protocols` reads the answers.
 */
export const usync: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "usync",
    type: "get",
    handle(stanza, login) {
      const request = requiredChild(stanza, "usync");
      const query = requiredChild(request, "query");
      const lists = ["list", "side_list"].flatMap((tag) => {
        const asked = child(request, tag);
        if (asked === undefined) return [];
        return [
          node(
            tag,
            {},
            children(asked, "user").map((user) => answer(user, query, login)),
          ),
        ];
      });
      const attrs = {
        sid: requiredAttr(request, "sid"),
        mode: attr(request, "mode") ?? "query",
        context: attr(request, "context") ?? "interactive",
        index: "0",
        last: "true",
      };
      const result = node("result", {}, children(query).map(verdict));
      login.send(iqResult(stanza, [node("usync", attrs, [result, ...lists])]));
    },
  },
];

/** What became of one protocol as a whole. Those of no use to this server have an error of their own. */
function verdict({ tag }: BinaryNode): BinaryNode {
  if (usyncProtocol(tag) !== undefined) return node(tag);
  return node(tag, {}, [node("error", { code: "501", text: "feature-not-implemented" })]);
}

function answer(user: BinaryNode, query: BinaryNode, login: Login): BinaryNode {
  const { names, ...subject } = subjectOf(user, query, login);
  const answers = children(query).map(({ tag }) => usyncProtocol(tag)?.(subject));
  return node(
    "user",
    names,
    answers.filter((each) => each !== undefined),
  );
}

interface Subject extends UsyncSubject {
  /** The attributes the answer calls the user by. */
  readonly names: Record<string, string>;
}

function subjectOf(user: BinaryNode, query: BinaryNode, login: Login): Subject {
  const asked = attr(user, "jid");
  const { world } = login.context;
  if (asked !== undefined) {
    const account = world.resolve(asked)?.account;
    return { names: { jid: asked }, jid: asked, account, login, request: user };
  }
  return byNumber(user, query, login);
}

/** A user asked for by number, like "+15550001234" or "15550001234@c.us". Whoever cannot have a number has no JID. */
function byNumber(user: BinaryNode, query: BinaryNode, login: Login): Subject {
  const contact = child(user, "contact");
  const written = (contact && text(contact)) ?? "";
  const number = /^\+?(?<digits>[1-9]\d{5,14})(?:@c\.us)?$/.exec(written)?.groups?.["digits"];
  if (number === undefined) {
    return { names: {}, jid: undefined, account: undefined, login, request: user };
  }
  const jid = formatJid({ user: number, server: PN_SERVER, device: 0 });
  const account = login.context.world.resolve(jid)?.account;
  const protocol = child(query, "contact");
  const asLid = protocol !== undefined && attr(protocol, "addressing_mode") === "lid";
  const names = asLid && account !== undefined ? { jid: account.lid, pn_jid: jid } : { jid };
  return { names, jid, account, login, request: user };
}
