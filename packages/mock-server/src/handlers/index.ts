import type { StanzaFamily } from "../router.ts";
import { acks } from "./acks.ts";
import { appState } from "./app-state.ts";
import { blocklist } from "./blocklist.ts";
import { companionDevices } from "./companion-devices.ts";
import { history } from "./history.ts";
import { groups } from "./groups/index.ts";
import { infoBroadcast } from "./info-broadcast.ts";
import { keepAlive } from "./keep-alive.ts";
import { media } from "./media.ts";
import { messages } from "./messages.ts";
import { pairingCode } from "./pairing-code.ts";
import { passive } from "./passive.ts";
import { preKeys } from "./pre-keys.ts";
import { presence } from "./presence.ts";
import { privacy } from "./privacy.ts";
import { profilePicture } from "./profile-picture.ts";
import { receipts } from "./receipts.ts";
import { serverProps } from "./server-props.ts";
import { telemetry } from "./telemetry.ts";
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
  { name: "companion devices", routes: companionDevices, source: "Socket/socket.js" },
  { name: "history", routes: history, source: "Socket/messages-recv.js" },
  { name: "groups and communities", routes: groups, source: "Socket/groups.js, communities.js" },
  { name: "info broadcast", routes: infoBroadcast, source: "Socket/socket.js" },
  { name: "keep-alive", routes: keepAlive, source: "Socket/socket.js" },
  { name: "media", routes: media, source: "Socket/messages-send.js" },
  { name: "messages", routes: messages, source: "Socket/messages-send.js" },
  { name: "pairing code", routes: pairingCode, source: "Socket/socket.js" },
  { name: "passive", routes: passive, source: "Socket/socket.js" },
  { name: "pre-keys", routes: preKeys, source: "Socket/socket.js" },
  { name: "presence", routes: presence, source: "Socket/chats.js" },
  { name: "privacy", routes: privacy, source: "Socket/chats.js" },
  { name: "profile picture", routes: profilePicture, source: "Socket/chats.js" },
  { name: "receipts", routes: receipts, source: "Socket/messages-recv.js" },
  { name: "server props", routes: serverProps, source: "Socket/chats.js" },
  { name: "telemetry", routes: telemetry, source: "Socket/socket.js" },
  { name: "usync", routes: usync, source: "Socket/socket.js, WAUSync/" },
];

export const stanzaFamilies: readonly StanzaFamily[] = families.map(({ routes }) => routes);
