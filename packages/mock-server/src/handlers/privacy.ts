import { syncToOtherDevices } from "../news/account-sync.ts";
import type { Login } from "../session/login.ts";
import { iqError, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import {
  type BinaryNode,
  attr,
  child,
  children,
  requiredAttr,
  requiredChild,
} from "../wire/binary-node.ts";
import { isPrivacyCategory, isPrivacyValue, listHash } from "../world/privacy.ts";
import type { PrivacyCategory, PrivacySettings } from "../world/privacy.ts";

/** Who may see and do what: `fetchPrivacySettings` and the `update…Privacy` methods of Baileys' chats.js. */
export const privacy: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "privacy",
    type: "get",
    handle(stanza, login) {
      const list = child(requiredChild(stanza, "privacy"), "list");
      const { privacy: settings } = login.account.settings;
      if (list !== undefined) return sendExcluded(stanza, list, login);
      const categories = settings
        .entries()
        .map(([name, value]) => node("category", { name, value }));
      login.send(iqResult(stanza, [node("privacy", {}, categories)]));
    },
  },
  {
    during: "login",
    tag: "iq",
    xmlns: "privacy",
    type: "set",
    child: "privacy",
    handle(stanza, login) {
      const changes = children(requiredChild(stanza, "privacy"), "category");
      const problem = changes.map((each) => problemOf(each, login)).find(Boolean);
      if (problem !== undefined) {
        login.send(iqError(stanza, problem.code, problem.text));
        return;
      }
      const changed = changes.map((each) => applied(each, login));
      login.send(iqResult(stanza, [node("privacy", {}, changed)]));
      syncToOtherDevices(login, node("privacy", {}, changed));
    },
  },
];

interface Problem {
  readonly code: number;
  readonly text: string;
}

function problemOf(change: BinaryNode, login: Login): Problem | undefined {
  const name = requiredAttr(change, "name");
  const value = requiredAttr(change, "value");
  if (!isPrivacyCategory(name) || !isPrivacyValue(name, value)) {
    return { code: 400, text: "bad-request" };
  }
  // A client that edits a list says which state of it it knows.
  const known = attr(change, "dhash");
  const excluded = login.account.settings.privacy.excluded(name);
  const stale = known !== undefined && known !== "none" && known !== listHash(excluded);
  return stale ? { code: 409, text: "conflict" } : undefined;
}

function applied(change: BinaryNode, login: Login): BinaryNode {
  const name = requiredAttr(change, "name");
  const value = requiredAttr(change, "value");
  const settings = login.account.settings.privacy;
  if (!isPrivacyCategory(name)) return change;
  settings.set(name, value);
  for (const user of children(change, "user")) {
    const excluded = login.context.world.resolve(requiredAttr(user, "jid"))?.account;
    if (excluded !== undefined) settings.exclude(name, excluded, attr(user, "action") !== "remove");
  }
  return node("category", { name, value, ...hashOf(settings, name) });
}

function hashOf(settings: PrivacySettings, name: PrivacyCategory): Record<string, string> {
  if (settings.get(name) !== "contact_blacklist") return {};
  return { dhash: listHash(settings.excluded(name)) };
}

/** `<list name value="contact_blacklist"/>`: those who are left out. */
function sendExcluded(stanza: BinaryNode, list: BinaryNode, login: Login): void {
  const name = requiredAttr(list, "name");
  if (!isPrivacyCategory(name)) {
    login.send(iqError(stanza, 400, "bad-request"));
    return;
  }
  const excluded = [...login.account.settings.privacy.excluded(name)];
  const users = excluded.map(({ lid, pn }) => node("user", { jid: lid, pn_jid: pn }));
  const attrs = { name, value: "contact_blacklist", dhash: listHash(excluded) };
  login.send(iqResult(stanza, [node("privacy", {}, [node("list", attrs, users)])]));
}
