import { iqResult, node } from "../replies.ts";
import type { LoginRoute, StanzaFamily } from "../routing/router.ts";
import {
  type BinaryNode,
  attr,
  child,
  children,
  requiredChild,
  text,
} from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import { hoursIn, hoursNode } from "./business-hours.ts";
import type { BusinessProfile } from "../world/settings.ts";

const FIELDS = ["address", "description", "website", "email"] as const;

type Answer = (stanza: BinaryNode) => BinaryNode;

/** A shop that has nothing: the forms Baileys' business.js reads. */
const EMPTY_SHOP: Readonly<Record<string, Answer>> = {
  product_catalog: () => node("product_catalog", {}, []),
  collections: () => node("collections", {}, []),
  order: () => node("order", {}, [node("price", {}, [bytesNode("total", "0")])]),
  product_catalog_add: (stanza) => echoedProduct(stanza, "product_catalog_add"),
  product_catalog_edit: (stanza) => echoedProduct(stanza, "product_catalog_edit"),
  product_catalog_delete: (stanza) => {
    const asked = children(requiredChild(stanza, "product_catalog_delete"), "product");
    return node("product_catalog_delete", { deleted_count: String(asked.length) });
  },
};

const shop = (xmlns: string): LoginRoute[] =>
  Object.entries(EMPTY_SHOP).map(([tag, answer]) => ({
    during: "login",
    tag: "iq",
    xmlns,
    child: tag,
    handle: (stanza, login) => login.send(iqResult(stanza, [answer(stanza)])),
  }));

/**
 * Business profiles, `getBusinessProfile` of Baileys' chats.js and `updateBussinesProfile` of business.js, and the
 * catalog, collections and orders of a shop that keeps nothing.
 */
export const business: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:biz",
    type: "get",
    child: "business_profile",
    handle(stanza, { context, connection }) {
      const asked = children(requiredChild(stanza, "business_profile"), "profile");
      const profiles = asked.flatMap((each) => {
        const jid = attr(each, "jid") ?? "";
        const account = context.world.resolve(jid)?.account;
        return account?.settings.business === undefined
          ? []
          : [profileNode(jid, account.settings.business)];
      });
      connection.send(iqResult(stanza, [node("business_profile", {}, profiles)]));
    },
  },
  {
    during: "login",
    tag: "iq",
    xmlns: "w:biz",
    type: "set",
    child: "business_profile",
    handle(stanza, { account, connection }) {
      update(account, requiredChild(stanza, "business_profile"));
      connection.send(iqResult(stanza));
    },
  },
  ...shop("w:biz:catalog"),
  ...shop("fb:thrift_iq"),
];

function update({ settings }: Account, changes: BinaryNode): void {
  const given = FIELDS.flatMap((name) => {
    const field = child(changes, name);
    return field === undefined ? [] : [[name, text(field) ?? ""] as const];
  });
  const hours = hoursIn(changes);
  settings.business = {
    ...settings.business,
    ...Object.fromEntries(given),
    ...(hours === undefined ? {} : { hours }),
  };
}

function profileNode(jid: string, profile: BusinessProfile): BinaryNode {
  const fields = FIELDS.flatMap((name) => {
    const value = profile[name];
    return value === undefined ? [] : [bytesNode(name, value)];
  });
  const category = profile.category;
  const categories =
    category === undefined ? [] : [node("categories", {}, [bytesNode("category", category)])];
  const hours = profile.hours === undefined ? [] : [hoursNode(profile.hours)];
  return node("profile", { jid }, [...fields, ...categories, ...hours]);
}

/** The product as the client wrote it, with an id. */
function echoedProduct(stanza: BinaryNode, tag: string): BinaryNode {
  const product = requiredChild(requiredChild(stanza, tag), "product");
  const fields = children(product)
    .filter(({ content }) => !Array.isArray(content))
    .map((each) => bytesNode(each.tag, text(each) ?? ""));
  const id = child(product, "id") === undefined ? [bytesNode("id", "1")] : [];
  const media = node("media", {}, [node("image", {}, [])]);
  return node(tag, {}, [node("product", product.attrs, [...id, ...fields, media])]);
}

function bytesNode(tag: string, value: string): BinaryNode {
  return node(tag, {}, Buffer.from(value));
}
