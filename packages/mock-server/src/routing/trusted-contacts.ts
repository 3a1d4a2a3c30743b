import type { Clock } from "@motte/core/clock";
import { type ServerContext, unixTime } from "../context.ts";
import { notify } from "../news/notify.ts";
import { node } from "../replies.ts";
import { type BinaryNode, attr, bytes, children } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import type { Device } from "../world/device.ts";
import { restrictionOf } from "../world/restriction.ts";
import type { TrustedContactToken } from "../world/trusted-contacts.ts";

interface TokenContext extends Pick<ServerContext, "world"> {
  readonly clock: Clock;
}

interface Approach {
  readonly from: Account;
  readonly to: Account;
}

const TOKEN_TAGS: readonly string[] = ["tctoken", "cstoken"];

/** The tokens a stanza shows. */
export function tokensIn(stanza: BinaryNode): readonly BinaryNode[] {
  return children(stanza).filter(({ tag }) => TOKEN_TAGS.includes(tag));
}

/** Whether somebody may reach a person who may be restricted, with the tokens shown. */
export function mayReach(
  { world, clock }: TokenContext,
  { from, to }: Approach,
  tokens: readonly BinaryNode[],
): boolean {
  const restriction = restrictionOf(to);
  if (!restriction.restricted || from === to) return true;
  return tokens.some((token) => {
    const shown = bytes(token) ?? Buffer.alloc(0);
    if (token.tag === "tctoken") {
      const accepted = world.trustedContacts.accepts(to, from, shown, clock.now() / 1000);
      return restriction.trustedContactTokens && accepted;
    }
    const expected = world.trustedContacts.newChatToken(from, to);
    return restriction.newChatTokens && expected.equals(shown);
  });
}

/** Whether the server takes a one-to-one message: error 463 otherwise. A retry of one it took carries no token. */
export function mayWrite(
  context: TokenContext,
  { stanza, sender }: { readonly stanza: BinaryNode; readonly sender: Device },
  to: Account,
): boolean {
  if (attr(stanza, "device_fanout") === "false") return true;
  return mayReach(context, { from: sender.account, to }, tokensIn(stanza));
}

/** Gives `to` a token of `by` and tells all its clients. */
export function issueToken(
  context: ServerContext,
  { by, to, t }: { readonly by: Account; readonly to: Account; readonly t?: number },
): TrustedContactToken {
  const at = t ?? Number(unixTime(context.clock));
  const token = context.world.trustedContacts.issue(by, to, at);
  notify(context, to, {
    type: "privacy_token",
    from: by.pn,
    attrs: { sender_lid: by.lid },
    content: [node("tokens", {}, [tokenNode(token, to)])],
  });
  return token;
}

export function tokenNode({ bytes: content, t }: TrustedContactToken, of: Account): BinaryNode {
  return node("token", { jid: of.lid, t: String(t), type: "trusted_contact" }, content);
}
