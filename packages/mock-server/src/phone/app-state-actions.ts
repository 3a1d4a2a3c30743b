import { UsageError } from "@motte/core/errors";
import type { proto } from "../wire/baileys.ts";

/** The collections every client keeps. */
export type AppStateCollection =
  "critical_block" | "critical_unblock_low" | "regular_high" | "regular_low" | "regular";

/** Where a kind of setting is kept, and the version of its form. */
export interface AppStateKind {
  readonly collection: AppStateCollection;
  readonly version: number;
}

/** As Baileys writes them (chat-utils.js chatModificationToAppPatch), so that a setting has one place whoever writes it. */
const KINDS: Readonly<Record<string, AppStateKind>> = {
  setting_pushName: { collection: "critical_block", version: 1 },
  setting_locale: { collection: "critical_block", version: 3 },
  contact: { collection: "critical_unblock_low", version: 2 },
  lid_contact: { collection: "critical_unblock_low", version: 2 },
  mute: { collection: "regular_high", version: 2 },
  clearChat: { collection: "regular_high", version: 6 },
  deleteChat: { collection: "regular_high", version: 6 },
  deleteMessageForMe: { collection: "regular_high", version: 3 },
  nct_salt_sync: { collection: "regular_high", version: 1 },
  archive: { collection: "regular_low", version: 3 },
  lock: { collection: "regular_low", version: 7 },
  markChatAsRead: { collection: "regular_low", version: 3 },
  pin_v1: { collection: "regular_low", version: 5 },
  setting_unarchiveChats: { collection: "regular_low", version: 4 },
  star: { collection: "regular_low", version: 2 },
  time_format: { collection: "regular_low", version: 7 },
  label_edit: { collection: "regular", version: 3 },
  label_jid: { collection: "regular", version: 3 },
  label_message: { collection: "regular", version: 3 },
  quick_reply: { collection: "regular", version: 2 },
  setting_disableLinkPreviews: { collection: "regular", version: 8 },
};

/** One setting to write. */
export interface AppStateEntry {
  /** What it is about, like `["archive", "15550001234@s.whatsapp.net"]`. */
  readonly index: readonly string[];
  /** The setting itself. */
  readonly value: proto.ISyncActionValue;
  /** Must be given for a kind this package does not know. @defaultValue that of `index[0]` */
  readonly collection?: AppStateCollection;
  /** Of the form of the value. @defaultValue that of `index[0]` */
  readonly version?: number;
}

/** Where `entry` belongs. Throws a `UsageError` for an unknown kind that does not say. */
export function kindOf(entry: Omit<AppStateEntry, "value">): AppStateKind {
  const known = KINDS[entry.index[0] ?? ""];
  const collection = entry.collection ?? known?.collection;
  if (collection === undefined) {
    throw new UsageError(
      "USAGE_INVALID_OPTION",
      `The app state kind "${entry.index[0]}" has no known place: give its collection, like "regular_low"`,
    );
  }
  return { collection, version: entry.version ?? known?.version ?? 1 };
}

/** A chat, by JID or by the person. */
export type ChatReference = string | { readonly pn: string; readonly lid?: string };

export function chatJid(chat: ChatReference): string {
  return typeof chat === "string" ? chat : chat.pn;
}

/** A message, as far as a setting names it. */
export interface MessageReference {
  /** Where it was said. */
  readonly chat: ChatReference;
  /** The id of the message. */
  readonly id: string;
  /** @defaultValue `false` */
  readonly fromMe?: boolean;
}

/** A label for chats, as business accounts have them. */
export interface LabelOptions {
  /** What people see. */
  readonly name: string;
  /** @defaultValue `0` */
  readonly color?: number;
  /** Takes the label away. @defaultValue `false` */
  readonly deleted?: boolean;
}

/** A text that is written by a shortcut, as business accounts have them. */
export interface QuickReplyOptions {
  /** What is typed after the slash. */
  readonly shortcut: string;
  /** What it becomes. */
  readonly message: string;
  /** Takes the quick reply away. @defaultValue `false` */
  readonly deleted?: boolean;
}

/** The settings people set most, in the forms that apps write. */
export const entries = {
  pushName: (name: string): AppStateEntry => ({
    index: ["setting_pushName"],
    value: { pushNameSetting: { name } },
  }),

  locale: (locale: string): AppStateEntry => ({
    index: ["setting_locale"],
    value: { localeSetting: { locale } },
  }),

  unarchiveChats: (unarchiveChats: boolean): AppStateEntry => ({
    index: ["setting_unarchiveChats"],
    value: { unarchiveChatsSetting: { unarchiveChats } },
  }),

  contact: (who: ChatReference, name: string): AppStateEntry => {
    const lidJid = typeof who === "string" ? undefined : who.lid;
    const firstName = name.split(" ", 1)[0] ?? name;
    const contactAction = { fullName: name, firstName, saveOnPrimaryAddressbook: true };
    const known = lidJid === undefined ? {} : { lidJid };
    return {
      index: ["contact", chatJid(who)],
      value: { contactAction: { ...contactAction, ...known } },
    };
  },

  /** `untilMs` in milliseconds since the epoch, `-1` for ever. */
  mute: (chat: ChatReference, untilMs: number | undefined): AppStateEntry => ({
    index: ["mute", chatJid(chat)],
    value: {
      muteAction:
        untilMs === undefined ? { muted: false } : { muted: true, muteEndTimestamp: untilMs },
    },
  }),

  pin: (chat: ChatReference, pinned: boolean): AppStateEntry => ({
    index: ["pin_v1", chatJid(chat)],
    value: { pinAction: { pinned } },
  }),

  archive: (chat: ChatReference, archived: boolean, nowSeconds: number): AppStateEntry => ({
    index: ["archive", chatJid(chat)],
    value: { archiveChatAction: { archived, messageRange: upTo(nowSeconds) } },
  }),

  read: (chat: ChatReference, read: boolean, nowSeconds: number): AppStateEntry => ({
    index: ["markChatAsRead", chatJid(chat)],
    value: { markChatAsReadAction: { read, messageRange: upTo(nowSeconds) } },
  }),

  deleteChat: (chat: ChatReference, nowSeconds: number): AppStateEntry => ({
    index: ["deleteChat", chatJid(chat), "1"],
    value: { deleteChatAction: { messageRange: upTo(nowSeconds) } },
  }),

  star: ({ chat, id, fromMe = false }: MessageReference, starred: boolean): AppStateEntry => ({
    index: ["star", chatJid(chat), id, fromMe ? "1" : "0", "0"],
    value: { starAction: { starred } },
  }),

  label: (id: string, { name, color = 0, deleted = false }: LabelOptions): AppStateEntry => ({
    index: ["label_edit", id],
    value: { labelEditAction: { name, color, deleted } },
  }),

  labelChat: (id: string, chat: ChatReference, labeled: boolean): AppStateEntry => ({
    index: ["label_jid", id, chatJid(chat)],
    value: { labelAssociationAction: { labeled } },
  }),

  quickReply: (
    id: string,
    { shortcut, message, deleted = false }: QuickReplyOptions,
  ): AppStateEntry => ({
    index: ["quick_reply", id],
    value: { quickReplyAction: { shortcut, message, deleted, keywords: [], count: 0 } },
  }),
} as const;

/** "As far as the messages go": without it a client undoes the setting when older messages come in. */
function upTo(seconds: number): proto.SyncActionValue.ISyncActionMessageRange {
  return { lastMessageTimestamp: seconds, messages: [] };
}
