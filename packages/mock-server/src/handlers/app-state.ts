import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../router.ts";
import { proto } from "../wire/baileys.ts";
import {
  type BinaryNode,
  attr,
  bytes,
  child,
  children,
  requiredAttr,
  requiredChild,
} from "../wire/binary-node.ts";
import type { AppState } from "../world/app-state.ts";

/**
 * Settings shared between an account's devices.
 *
 * Every collection asked for is in the answer, also one with nothing in it: Baileys asks again at once for one
 * that is missing, without end. There are no snapshots, because a client fetches those from the internet.
 */
export const appState: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:sync:app:state",
    type: "set",
    handle(stanza, login) {
      const asked = children(requiredChild(stanza, "sync"), "collection");
      const answers = asked.map((collection) => answer(collection, login.account.appState));
      login.send(iqResult(stanza, [node("sync", {}, answers)]));
    },
  },
];

function answer(collection: BinaryNode, state: AppState): BinaryNode {
  const name = requiredAttr(collection, "name");
  const known = Number(attr(collection, "version") ?? 0);
  const upload = child(collection, "patch");
  const patch = upload && bytes(upload);
  if (patch !== undefined) {
    state.append(name, numbered(patch, state.version(name) + 1));
    return node("collection", { name, version: String(state.version(name)) });
  }
  const patches = state.patchesAfter(name, known);
  const attrs = { name, version: String(state.version(name)), has_more_patches: "false" };
  return node("collection", attrs, [
    node(
      "patches",
      {},
      patches.map((each) => node("patch", {}, each)),
    ),
  ]);
}

/** The uploading client leaves the version out; those who read the patch need it. */
function numbered(patch: Buffer, version: number): Buffer {
  const decoded = proto.SyncdPatch.decode(patch);
  decoded.version = proto.SyncdVersion.create({ version });
  return Buffer.from(proto.SyncdPatch.encode(decoded).finish());
}
