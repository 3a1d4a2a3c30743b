import type { BaileysEventMap } from "@whiskeysockets/baileys";

/** Which events tell of groups. */
export type GroupEvents = Partial<
  Pick<
    BaileysEventMap,
    | "connection.update"
    | "groups.upsert"
    | "groups.update"
    | "group-participants.update"
    | "chats.update"
    | "messages.upsert"
  >
>;
