import { type BinaryNode, attr, child, children } from "../wire/binary-node.ts";
import { PN_SERVER, namespaceOf, tryParseJid } from "../wire/jid.ts";
import type { MessageError } from "./letter.ts";
import { commonCopy, copiesForDevices } from "./letter.ts";

const ENCRYPTIONS: readonly (string | undefined)[] = ["pkmsg", "msg", "skmsg", "msmsg"];

/** What the real server finds wrong with the form of a message, if anything. */
export function malformed(stanza: BinaryNode): MessageError | undefined {
  const to = tryParseJid(attr(stanza, "to") ?? "");
  if (to === undefined || attr(stanza, "id") === undefined || attr(stanza, "type") === undefined) {
    return "479";
  }
  const participants = child(stanza, "participants");
  if (participants !== undefined && children(participants).length === 0) return "479";
  const common = commonCopy(stanza);
  const encs = [...copiesForDevices(stanza).map(({ enc }) => enc), ...(common ? [common] : [])];
  const known = encs.every(
    ({ attrs }) => attrs["v"] === "2" && ENCRYPTIONS.includes(attrs["type"]),
  );
  if (!known) return "479";
  // Members of a group know each other by LID.
  const byNumber = copiesForDevices(stanza).some(({ addressedAs }) => isNumber(addressedAs));
  if (to.server === "g.us" && byNumber) return "479";
  const hasToken = child(stanza, "tctoken") !== undefined || child(stanza, "cstoken") !== undefined;
  const isPeer = attr(stanza, "category") === "peer";
  if (hasToken && (isPeer || to.server === "g.us")) return "479";
  // Only a retry, which has one copy, may name a device.
  if (to.device !== 0 && participants !== undefined) return "421";
  return undefined;
}

function isNumber(jid: string): boolean {
  const parsed = tryParseJid(jid);
  return parsed !== undefined && namespaceOf(parsed) === PN_SERVER;
}
