import { type ServerContext, unixTime } from "../context.ts";
import { PICTURE_KIND, directPathOf } from "../media/paths.ts";
import { notify } from "./notify.ts";
import { node } from "../replies.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";
import type { Group } from "../world/group.ts";
import type { Picture, PictureAudience } from "../world/pictures.ts";

/** A user or a group, as something that has a picture. */
export type PictureOwner = Account | Group;

export interface NewPicture extends PictureSettings {
  readonly image: Uint8Array;
}

/** What there is to say of a picture beside its bytes. */
export interface PictureSettings {
  /** @defaultValue the image itself */
  readonly preview?: Uint8Array;
  /** @defaultValue `"everyone"` */
  readonly visibleTo?: PictureAudience;
}

/** Who changes a picture. */
export interface PictureChange {
  readonly author: Account;
  /** The client that did it: it is not told. */
  readonly except?: Companion;
}

/** The user or group a JID names, in either namespace. */
export function pictureOwner(context: ServerContext, jid: string): PictureOwner | undefined {
  return context.world.groups.get(jid) ?? context.world.resolve(jid)?.account;
}

export function pictureOf(context: ServerContext, owner: PictureOwner): Picture | undefined {
  return context.pictures.get(jidOf(owner));
}

/** Gives a user or a group a picture and tells everybody who sees it. */
export function setPicture(
  context: ServerContext,
  owner: PictureOwner,
  { image, preview = image, visibleTo = "everyone" }: NewPicture,
  change: PictureChange,
): Picture {
  const { pictures, media, clock } = context;
  const pathOf = (bytes: Uint8Array): string =>
    directPathOf(media.add(PICTURE_KIND, Buffer.from(bytes)));
  const picture = pictures.set(
    jidOf(owner),
    { imagePath: pathOf(image), previewPath: pathOf(preview), visibleTo },
    Number(unixTime(clock)),
  );
  announce(context, owner, { tag: "set", attrs: { id: picture.id } }, change);
  return picture;
}

export function removePicture(
  context: ServerContext,
  owner: PictureOwner,
  change: PictureChange,
): void {
  if (context.pictures.remove(jidOf(owner))) announce(context, owner, { tag: "delete" }, change);
}

/** The clients of those who know the user, or are in the group, hear that it has another picture, not which. */
function announce(
  context: ServerContext,
  owner: PictureOwner,
  { tag, attrs = {} }: { readonly tag: "set" | "delete"; readonly attrs?: Record<string, string> },
  { author, except }: PictureChange,
): void {
  const jid = jidOf(owner);
  const content = [node(tag, { jid, author: author.pn, ...attrs })];
  const options = except === undefined ? {} : { except };
  for (const account of audienceOf(owner)) {
    notify(context, account, { type: "picture", from: jid, content }, options);
  }
}

function audienceOf(owner: PictureOwner): Iterable<Account> {
  if (isGroup(owner)) return owner.members.map(({ account }) => account);
  return [owner, ...owner.acquaintances];
}

function jidOf(owner: PictureOwner): string {
  return isGroup(owner) ? owner.jid : owner.pn;
}

export function isGroup(owner: PictureOwner): owner is Group {
  return "members" in owner;
}
