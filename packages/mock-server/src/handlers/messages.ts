import { unixTime } from "../context.ts";
import type { Login } from "../login.ts";
import { ack, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";
import {
  type BinaryNode,
  attr,
  bytes,
  child,
  children,
  requiredAttr,
} from "../wire/binary-node.ts";
import { parseJid } from "../wire/jid.ts";
import type { EncryptionKind } from "../world/primary-device.ts";

/** One encrypted copy and the device JID it is for, as the client wrote it. */
interface Copy {
  readonly addressedAs: string;
  readonly enc: BinaryNode;
}

/** Messages between people. Each gets one ack, and each of its copies goes to the one device it is for. */
export const messages: StanzaFamily = [
  {
    during: "login",
    tag: "message",
    async handle(stanza, login) {
      const { world, clock, strict } = login.context;
      const to = requiredAttr(stanza, "to");
      const known = world.resolve(to) !== undefined;
      const refusal = strict && !known ? { error: "404" } : {};
      login.send(ack(stanza, { t: unixTime(clock), ...refusal }));
      for (const copy of copiesOf(stanza, to)) await deliver(copy, stanza, login);
    },
  },
];

/** A message to several devices lists them; a retry, or a request to the own phone, is for the one in `to`. */
function copiesOf(stanza: BinaryNode, to: string): readonly Copy[] {
  const participants = child(stanza, "participants");
  const targets =
    participants === undefined
      ? [{ addressedAs: to, holder: stanza }]
      : children(participants, "to").map((target) => ({
          addressedAs: requiredAttr(target, "jid"),
          holder: target,
        }));
  return targets.flatMap(({ addressedAs, holder }) =>
    children(holder, "enc").map((enc) => ({ addressedAs, enc })),
  );
}

async function deliver(
  { addressedAs, enc }: Copy,
  stanza: BinaryNode,
  login: Login,
): Promise<void> {
  const target = login.context.world.resolve(addressedAs);
  if (target === undefined) return;
  const { account, jid } = target;
  const id = requiredAttr(stanza, "id");
  const to = requiredAttr(stanza, "to");
  if (jid.device === 0) {
    const kind = attr(enc, "type");
    const ciphertext = bytes(enc);
    if (!isEncryptionKind(kind) || ciphertext === undefined) return;
    const from = login.companion;
    await account.primary.receiveMessage({ from, id, to, addressedAs, kind, ciphertext });
    return;
  }
  account
    .companion(jid.device)
    ?.deliver(forwarded(stanza, { enc, login, addressedAs, own: account === login.account }));
}

interface Forwarding {
  readonly enc: BinaryNode;
  readonly login: Login;
  readonly addressedAs: string;
  /** The copy is for another device of the sender's own account. */
  readonly own: boolean;
}

/** The stanza as the receiving client sees it: from the sender's device, in the namespace that was written to. */
function forwarded(stanza: BinaryNode, { enc, login, addressedAs, own }: Forwarding): BinaryNode {
  const { companion, account, context } = login;
  const { server } = parseJid(addressedAs);
  const alternative = server === "lid" ? { sender_pn: account.pn } : { sender_lid: account.lid };
  const identity = attr(enc, "type") === "pkmsg" ? child(stanza, "device-identity") : undefined;
  return node(
    "message",
    {
      id: requiredAttr(stanza, "id"),
      from: companion.jidOn(server),
      t: unixTime(context.clock),
      type: attr(stanza, "type") ?? "text",
      notify: companion.pushName ?? account.name,
      ...(own ? { recipient: requiredAttr(stanza, "to") } : alternative),
    },
    [withBytes(enc), ...(identity === undefined ? [] : [withBytes(identity)])],
  );
}

/** The decoder gives packed content as text; it goes out as the bytes it is. */
function withBytes(content: BinaryNode): BinaryNode {
  return node(content.tag, content.attrs, bytes(content));
}

function isEncryptionKind(kind: string | undefined): kind is EncryptionKind {
  return kind === "pkmsg" || kind === "msg";
}
