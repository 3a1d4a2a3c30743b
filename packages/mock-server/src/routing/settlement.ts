import { type BinaryNode, attr } from "../wire/binary-node.ts";
import { addresseeOf } from "../wire/jid.ts";
import type { Settlement } from "../world/mailbox.ts";
import type { World } from "../world/world.ts";

/** Whose stanza an ack or receipt answers, by every name the server may have given that one. */
export function settledSender(
  answer: BinaryNode,
  world: World,
): Pick<Settlement, "from" | "participant"> {
  return {
    from: namesOf(attr(answer, "to"), world),
    participant: namesOf(attr(answer, "participant"), world),
  };
}

function namesOf(jid: string | undefined, world: World): readonly string[] | undefined {
  if (jid === undefined) return undefined;
  const known = world.resolve(jid);
  return known === undefined ? [addresseeOf(jid)] : [known.account.pn, known.account.lid];
}
