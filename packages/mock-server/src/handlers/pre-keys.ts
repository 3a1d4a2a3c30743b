import { createHash } from "node:crypto";
import { takeBundle } from "../key-bundles.ts";
import type { Login } from "../session/login.ts";
import { iqResult, node } from "../replies.ts";
import { deviceAt } from "../routing/device-at.ts";
import type { LoginRoute, StanzaFamily } from "../routing/router.ts";
import {
  type BinaryNode,
  child,
  childBytes,
  childUint,
  children,
  requiredAttr,
  requiredChild,
  uint,
} from "../wire/binary-node.ts";
import type { Companion } from "../world/companion.ts";
import { bundleNodes, keyNodes, readPreKeys, readSignedPreKey } from "../world/pre-key-bundle.ts";

const route = (
  type: "get" | "set",
  firstChild: string | undefined,
  handle: LoginRoute["handle"],
): LoginRoute => ({
  during: "login",
  tag: "iq",
  xmlns: "encrypt",
  type,
  ...(firstChild === undefined ? {} : { child: firstChild }),
  handle,
});

/** Keys other devices need to start Signal sessions: clients upload theirs here and fetch those of others. */
export const preKeys: StanzaFamily = [
  route("get", "count", (stanza, login) => {
    const value = String(login.companion.preKeys.size);
    login.send(iqResult(stanza, [node("count", { value })]));
  }),
  route("get", "digest", (stanza, login) => {
    login.send(iqResult(stanza, [digest(login.companion)]));
  }),
  route("get", "key", (stanza, login) => {
    const users = children(requiredChild(stanza, "key"), "user").map((user) =>
      bundleOf(user, login),
    );
    login.send(iqResult(stanza, [node("list", {}, users)]));
  }),
  route("set", "rotate", (stanza, login) => {
    const signedPreKey = readSignedPreKey(requiredChild(requiredChild(stanza, "rotate"), "skey"));
    login.companion.keys = { ...login.companion.keys, signedPreKey };
    login.send(iqResult(stanza));
  }),
  route("set", undefined, async (stanza, login) => {
    const { companion } = login;
    companion.keys = {
      registrationId: childUint(stanza, "registration", 4),
      identityKey: childBytes(stanza, "identity", 32),
      signedPreKey: readSignedPreKey(requiredChild(stanza, "skey")),
    };
    const list = child(stanza, "list");
    if (list !== undefined) companion.preKeys.add(readPreKeys(list));
    login.send(iqResult(stanza));
    await login.startSyncWhenReady();
  }),
];

/** Baileys fails a whole send when one user of its request comes back with an error, as it does with the real server. */
function bundleOf(user: BinaryNode, { account, context }: Login): BinaryNode {
  const jid = requiredAttr(user, "jid");
  const device = deviceAt(jid, account, context);
  if (device === undefined) {
    return node("user", { jid }, [node("error", { code: "404", text: "item-not-found" })]);
  }
  const { deviceIdentity } = device;
  return node("user", { jid }, [
    ...bundleNodes(takeBundle(device, context)),
    ...(deviceIdentity === undefined ? [] : [node("device-identity", {}, deviceIdentity)]),
  ]);
}

/** What the server has of the client's own keys, so that it can tell whether they still agree. */
function digest({ keys, preKeys: pool }: Companion): BinaryNode {
  const { signedPreKey, identityKey } = keys;
  const oneTime = pool.list();
  const hash = createHash("sha1")
    .update(identityKey)
    .update(signedPreKey.publicKey)
    .update(signedPreKey.signature);
  for (const key of oneTime) hash.update(key.publicKey);
  return node("digest", {}, [
    node("registration", {}, uint(keys.registrationId, 4)),
    ...keyNodes({ ...keys, preKey: undefined }),
    node(
      "list",
      {},
      oneTime.map((key) => node("id", {}, uint(key.id, 3))),
    ),
    node("hash", {}, hash.digest()),
  ]);
}
