import { announceAppState } from "../news/app-state.ts";
import type { Login } from "../session/login.ts";
import { iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
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
import type { AppState, PatchPage } from "../world/app-state.ts";

/**
 * Settings shared between an account's devices.
 *
 * Every collection asked for is in the answer, also one with nothing in it: Baileys asks again at once for one
 * that is missing, without end. There are no snapshots, although clients that start from nothing ask for them: a
 * snapshot is a file on WhatsApp's own host, and all patches from the first on say the same.
 */
export const appState: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:sync:app:state",
    type: "set",
    handle(stanza, login) {
      const state = login.account.appState;
      const changed: string[] = [];
      const answers = children(requiredChild(stanza, "sync"), "collection").map((collection) => {
        const upload = child(collection, "patch");
        if (upload === undefined) return missedBy(collection, state);
        const verdict = store(collection, upload, login);
        if (verdict.accepted) changed.push(requiredAttr(collection, "name"));
        return verdict.answer;
      });
      login.send(iqResult(stanza, [node("sync", {}, answers)]));
      for (const name of changed) {
        announceAppState(login.context, login.account, name, { except: login.companion });
      }
    },
  },
];

interface Verdict {
  readonly accepted: boolean;
  readonly answer: BinaryNode;
}

function missedBy(collection: BinaryNode, state: AppState): BinaryNode {
  const name = requiredAttr(collection, "name");
  const page = state.patchesAfter(name, knownVersion(collection));
  const attrs = { name, version: pageVersion(page, name, state), has_more_patches: more(page) };
  return node("collection", attrs, [patchList(page)]);
}

/** Takes a patch that is built on the newest version, and refuses any other with what its maker has missed. */
function store(collection: BinaryNode, upload: BinaryNode, { account, companion }: Login): Verdict {
  const state = account.appState;
  const name = requiredAttr(collection, "name");
  const head = state.version(name);
  const base = knownVersion(collection);
  if (base !== head) {
    // whatsmeow applies the patches in here and tries again. Baileys does not look (chats.js appPatch): it takes
    // its patch for stored, as it does with the real server.
    const page = state.patchesAfter(name, base);
    return refused(
      { name, version: pageVersion(page, name, state), has_more_patches: more(page) },
      node("error", { code: "409", text: "conflict" }),
      patchList(page),
    );
  }
  const version = head + 1;
  const patch = numbered(bytes(upload), version);
  if (patch === undefined) {
    const error = node("error", { code: "400", text: "bad-request" });
    return refused({ name, version: String(head) }, error);
  }
  state.append({ collection: name, version, bytes: patch, device: companion.device });
  return { accepted: true, answer: node("collection", { name, version: String(version) }) };
}

function refused(attrs: Record<string, string>, ...content: BinaryNode[]): Verdict {
  return { accepted: false, answer: node("collection", { ...attrs, type: "error" }, content) };
}

function knownVersion(collection: BinaryNode): number {
  return Number(attr(collection, "version") ?? 0);
}

/** The version a client is at when it has applied this page. */
function pageVersion({ patches }: PatchPage, name: string, state: AppState): string {
  return String(patches.at(-1)?.version ?? state.version(name));
}

function more(page: PatchPage): string {
  return String(page.more);
}

function patchList({ patches }: PatchPage): BinaryNode {
  const nodes = patches.map((patch) => node("patch", {}, patch.bytes));
  return node("patches", {}, nodes);
}

/** The uploading client leaves the version out; those who read the patch need it. */
function numbered(patch: Buffer | undefined, version: number): Buffer | undefined {
  if (patch === undefined) return undefined;
  let decoded: proto.SyncdPatch;
  try {
    decoded = proto.SyncdPatch.decode(patch);
  } catch (error) {
    // What protobufjs throws for bytes that are no message, truncated ones among them.
    if (error instanceof Error) return undefined;
    throw error;
  }
  decoded.version = proto.SyncdVersion.create({ version });
  return Buffer.from(proto.SyncdPatch.encode(decoded).finish());
}
