import type { StanzaFamily } from "../router.ts";
import { acks } from "./acks.ts";
import { appState } from "./app-state.ts";
import { blocklist } from "./blocklist.ts";
import { companionDevices } from "./companion-devices.ts";
import { infoBroadcast } from "./info-broadcast.ts";
import { keepAlive } from "./keep-alive.ts";
import { messages } from "./messages.ts";
import { pairingCode } from "./pairing-code.ts";
import { passive } from "./passive.ts";
import { preKeys } from "./pre-keys.ts";
import { presence } from "./presence.ts";
import { privacy } from "./privacy.ts";
import { receipts } from "./receipts.ts";
import { serverProps } from "./server-props.ts";
import { telemetry } from "./telemetry.ts";
import { usync } from "./usync.ts";

/** Every stanza family the server speaks, one line each. */
export const stanzaFamilies: readonly StanzaFamily[] = [
  acks,
  appState,
  blocklist,
  companionDevices,
  infoBroadcast,
  keepAlive,
  messages,
  pairingCode,
  passive,
  preKeys,
  presence,
  privacy,
  receipts,
  serverProps,
  telemetry,
  usync,
];
