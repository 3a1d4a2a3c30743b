import { deviceListHash } from "../world/device-list-hash.ts";
import { unixTime } from "../context.ts";
import type { Login } from "../session/login.ts";
import { node } from "../replies.ts";
import { proto } from "../wire/baileys.ts";
import { type BinaryNode, bytes, child } from "../wire/binary-node.ts";
import { HOSTED_DEVICE, LID_SERVER, parseJid } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import { isBlocked } from "../world/blocklist.ts";
import type { PrivacyCategory } from "../world/privacy.ts";

/** One user of a usync query, and who asks. */
export interface UsyncSubject {
  /** The user as it was asked for; absent for a number nobody can have. */
  readonly jid: string | undefined;
  /** Absent when nobody has this JID. */
  readonly account: Account | undefined;
  readonly login: Login;
  /** The `<user>` of the request. */
  readonly request: BinaryNode;
}

/** What one protocol says about a user; `undefined` when it has nothing to say. */
type Protocol = (subject: UsyncSubject) => BinaryNode | undefined;

const PROTOCOLS = new Map<string, Protocol>([
  ["bot", () => undefined],
  ["business", business],
  ["contact", contact],
  ["devices", devices],
  ["disappearing_mode", disappearingMode],
  ["lid", lid],
  ["picture", picture],
  ["status", status],
  // The token a client may send along opens what is closed to strangers, and nothing here is.
  ["tctoken", () => undefined],
  ["username", () => undefined],
]);

export function usyncProtocol(name: string): Protocol | undefined {
  return PROTOCOLS.get(name);
}

/** Only asked by number; whatsmeow looks for the number it asked with. */
function contact({ jid, account, request }: UsyncSubject): BinaryNode {
  const asked = child(request, "contact");
  const type = jid === undefined ? "invalid" : account === undefined ? "out" : "in";
  return node("contact", { type }, asked && bytes(asked));
}

/** Only for those asked for by number: who asks by LID knows it. */
function lid({ jid, account }: UsyncSubject): BinaryNode | undefined {
  if (jid === undefined || account === undefined) return undefined;
  return parseJid(jid).server === LID_SERVER ? undefined : node("lid", { val: account.lid });
}

/** The line below the name. Baileys' `fetchStatus` makes an empty string of the refusal. */
function status({ account, login }: UsyncSubject): BinaryNode {
  if (account === undefined) return node("status", { code: "404", type: "fail" });
  if (!maySee("status", account, login)) return node("status", { code: "401", type: "fail" });
  const { text, setAt } = account.settings.about;
  return node("status", { t: String(Math.floor(setAt / 1000)) }, Buffer.from(text));
}

function disappearingMode({ account }: UsyncSubject): BinaryNode | undefined {
  if (account === undefined) return undefined;
  const { seconds, setAt } = account.settings.disappearingMode;
  const t = String(Math.floor(setAt / 1000));
  return node("disappearing_mode", { duration: String(seconds), t });
}

/** The id of the picture; its address is asked for elsewhere. */
function picture({ account, login }: UsyncSubject): BinaryNode | undefined {
  const found = account && login.context.pictures.get(account.pn);
  if (account === undefined || found === undefined) return undefined;
  const hidden = found.visibleTo === "nobody" && account !== login.account;
  return hidden || !maySee("profile", account, login)
    ? undefined
    : node("picture", { id: found.id });
}

/** whatsapp-rust takes whoever has this child for a business, so ordinary people have none. */
function business({ account }: UsyncSubject): BinaryNode | undefined {
  const profile = account?.settings.business;
  if (profile === undefined) return undefined;
  const { verifiedName } = profile;
  const named = verifiedName === undefined ? [] : [verifiedNameNode(verifiedName)];
  return node("business", {}, named);
}

/** The certificate Baileys (decode-wa-message.js) and whatsmeow decode. Nobody checks who signed it. */
function verifiedNameNode(verifiedName: string): BinaryNode {
  const { VerifiedNameCertificate } = proto;
  const details = VerifiedNameCertificate.Details.encode({ issuer: "smb:wa", verifiedName });
  const certificate = VerifiedNameCertificate.encode({ details: details.finish() });
  return node("verified_name", {}, Buffer.from(certificate.finish()));
}

function maySee(category: PrivacyCategory, owner: Account, { account: viewer }: Login): boolean {
  if (owner === viewer) return true;
  return !isBlocked(owner, viewer) && owner.settings.privacy.allows(category, viewer);
}

/** The phone and its companions. Baileys leaves out a companion without a key index. */
function devices({ account, login }: UsyncSubject): BinaryNode | undefined {
  if (account === undefined) return undefined;
  const numbers = login.context.deviceView.numbers(account, login.account);
  const list = node(
    "device-list",
    { hash: deviceListHash(account, numbers) },
    numbers.map((number) => {
      const keyIndex = number === 0 ? {} : { "key-index": String(number) };
      // Baileys (signal.js extractDeviceJids) takes every device after a hosted one for hosted: it has the highest number.
      const hosted = number === HOSTED_DEVICE ? { is_hosted: "true" } : {};
      return node("device", { id: String(number), ...keyIndex, ...hosted });
    }),
  );
  const keyIndexes = account.primary.signedKeyIndexList();
  const ts = unixTime(login.context.clock);
  return node("devices", {}, [list, node("key-index-list", { ts }, keyIndexes)]);
}
