import type { Login } from "../session/login.ts";
import {
  type PictureOwner,
  isGroup,
  pictureOf,
  pictureOwner,
  removePicture,
  setPicture,
} from "../news/profile-pictures.ts";
import { iqError, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";
import { type BinaryNode, attr, bytes, child } from "../wire/binary-node.ts";
import { isBlocked } from "../world/blocklist.ts";
import { mayReach, tokensIn } from "../routing/trusted-contacts.ts";

/** Pictures of users and groups. */
export const profilePicture: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:profile:picture",
    type: "get",
    handle: (stanza, login) => login.send(look(stanza, login)),
  },
  {
    during: "login",
    tag: "iq",
    xmlns: "w:profile:picture",
    type: "set",
    handle: (stanza, login) => login.send(change(stanza, login)),
  },
];

function look(stanza: BinaryNode, { account, context }: Login): BinaryNode {
  const owner = ownerIn(stanza, { account, context });
  const picture = owner && pictureOf(context, owner);
  if (owner === undefined || picture === undefined) return iqError(stanza, 404, "item-not-found");
  const own = owner === account;
  const stranger = isGroup(owner) && !owner.has(account);
  if (!own && (stranger || picture.visibleTo === "nobody")) {
    return iqError(stanza, 401, "not-authorized");
  }
  const asked = child(stanza, "picture");
  const refused = refusal(owner, asked, { account, context });
  if (refused !== undefined) return iqError(stanza, refused.code, refused.text);
  const type = (asked && attr(asked, "type")) ?? "image";
  const { id } = picture;
  // The client has it already.
  if (asked && attr(asked, "id") === id) {
    return iqResult(stanza, [node("picture", { id, type, status: "304" })]);
  }
  const directPath = type === "preview" ? picture.previewPath : picture.imagePath;
  const url = context.endpoint.url("http", directPath);
  return iqResult(stanza, [node("picture", { id, type, url, direct_path: directPath })]);
}

/** A person's privacy settings and blocklist, and the token that a restricted person asks for. */
function refusal(
  owner: PictureOwner,
  asked: BinaryNode | undefined,
  { account: viewer, context }: Pick<Login, "account" | "context">,
): { readonly code: number; readonly text: string } | undefined {
  if (isGroup(owner) || owner === viewer) return undefined;
  if (isBlocked(owner, viewer) || !owner.settings.privacy.allows("profile", viewer)) {
    return { code: 401, text: "not-authorized" };
  }
  const tokens = asked === undefined ? [] : tokensIn(asked);
  const reachable = mayReach(context, { from: viewer, to: owner }, tokens);
  return reachable ? undefined : { code: 404, text: "item-not-found" };
}

function change(stanza: BinaryNode, login: Login): BinaryNode {
  const { account, companion, context } = login;
  const owner = ownerIn(stanza, login);
  if (owner === undefined) return iqError(stanza, 404, "item-not-found");
  if (!mayChange(owner, login)) return iqError(stanza, 403, "forbidden");
  const given = child(stanza, "picture");
  const image = given && bytes(given);
  const by = { author: account, except: companion };
  if (image === undefined || image.length === 0) {
    removePicture(context, owner, by);
    return iqResult(stanza);
  }
  const { id } = setPicture(context, owner, { image }, by);
  return iqResult(stanza, [node("picture", { id })]);
}

/** A client that changes its own picture names nobody (Baileys chats.js updateProfilePicture). */
function ownerIn(
  stanza: BinaryNode,
  { account, context }: Pick<Login, "account" | "context">,
): PictureOwner | undefined {
  const target = attr(stanza, "target");
  return target === undefined ? account : pictureOwner(context, target);
}

function mayChange(owner: PictureOwner, { account }: Login): boolean {
  if (!isGroup(owner)) return owner === account;
  return owner.settings.locked ? owner.isAdmin(account) : owner.has(account);
}
