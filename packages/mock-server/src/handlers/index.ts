import type { StanzaFamily } from "../routing/router.ts";
import { acks } from "./acks.ts";
import { appState } from "./app-state.ts";
import { blocklist } from "./blocklist.ts";
import { bots } from "./bots.ts";
import { business } from "./business.ts";
import { calls } from "./calls.ts";
import { chatstate } from "./chatstate.ts";
import { companionDevices } from "./companion-devices.ts";
import { dirty } from "./dirty.ts";
import { disappearingMode } from "./disappearing-mode.ts";
import { groups } from "./groups/index.ts";
import { history } from "./history.ts";
import { infoBroadcast } from "./info-broadcast.ts";
import { keepAlive } from "./keep-alive.ts";
import { media } from "./media.ts";
import { messages } from "./messages.ts";
import { mex } from "./mex.ts";
import { newsletters } from "./newsletters/index.ts";
import { notices } from "./notices.ts";
import { pairingCode } from "./pairing-code.ts";
import { passive } from "./passive.ts";
import { preKeys } from "./pre-keys.ts";
import { presence } from "./presence.ts";
import { privacy } from "./privacy.ts";
import { profilePicture } from "./profile-picture.ts";
import { pushConfig } from "./push-config.ts";
import { receipts } from "./receipts.ts";
import { serverProps } from "./server-props.ts";
import { statusText } from "./status-text.ts";
import { telemetry } from "./telemetry.ts";
import { trustedContacts } from "./trusted-contacts.ts";
import { usync } from "./usync.ts";

/** A family under the name the README lists it by, with the file of Baileys that speaks it. */
export interface FamilyEntry {
  readonly name: string;
  readonly routes: StanzaFamily;
  /** Where the protocol fact comes from: a file in Baileys' `lib/`. */
  readonly source: string;
}

/** Every stanza family the server speaks, one line each. The README's table follows from it. */
export const families: readonly FamilyEntry[] = [
  { name: "acks", routes: acks, source: "Utils/stanza-ack.js" },
  { name: "app state", routes: appState, source: "Socket/chats.js" },
  { name: "blocklist", routes: blocklist, source: "Socket/chats.js" },
  { name: "bots", routes: bots, source: "Socket/chats.js" },
  { name: "business", routes: business, source: "Socket/business.js, chats.js" },
  { name: "calls", routes: calls, source: "Socket/messages-recv.js, chats.js" },
  { name: "chat state", routes: chatstate, source: "Socket/chats.js" },
  { name: "companion devices", routes: companionDevices, source: "Socket/socket.js" },
  { name: "dirty marks", routes: dirty, source: "Socket/chats.js" },
  { name: "disappearing mode", routes: disappearingMode, source: "Socket/chats.js" },
  { name: "groups and communities", routes: groups, source: "Socket/groups.js, communities.js" },
  { name: "history", routes: history, source: "Socket/messages-recv.js" },
  { name: "info broadcast", routes: infoBroadcast, source: "Socket/socket.js" },
  { name: "keep-alive", routes: keepAlive, source: "Socket/socket.js" },
  { name: "media", routes: media, source: "Socket/messages-send.js" },
  { name: "messages", routes: messages, source: "Socket/messages-send.js" },
  { name: "mex", routes: mex, source: "Socket/mex.js, newsletter.js" },
  { name: "newsletters", routes: newsletters, source: "Socket/newsletter.js" },
  { name: "notices", routes: notices, source: "Socket/socket.js" },
  { name: "pairing code", routes: pairingCode, source: "Socket/socket.js" },
  { name: "passive", routes: passive, source: "Socket/socket.js" },
  { name: "pre-keys", routes: preKeys, source: "Socket/socket.js" },
  { name: "presence", routes: presence, source: "Socket/chats.js" },
  { name: "privacy", routes: privacy, source: "Socket/chats.js" },
  { name: "profile picture", routes: profilePicture, source: "Socket/chats.js" },
  { name: "push config", routes: pushConfig, source: "Socket/socket.js" },
  { name: "receipts", routes: receipts, source: "Socket/messages-recv.js" },
  { name: "server props", routes: serverProps, source: "Socket/chats.js" },
  { name: "status text", routes: statusText, source: "Socket/chats.js" },
  { name: "telemetry", routes: telemetry, source: "Socket/socket.js" },
  { name: "trusted contacts", routes: trustedContacts, source: "Socket/messages-send.js" },
  { name: "usync", routes: usync, source: "Socket/socket.js, WAUSync/" },
];

export const stanzaFamilies: readonly StanzaFamily[] = families.map(({ routes }) => routes);
