import type { DisconnectCause } from "../causes.ts";
import { type Evidence, property, text } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { readTemporaryBan } from "./temporary-ban.ts";

const MESSAGE = /^Stream Errored \((.*)\)$/;

// Baileys #1777 and whatsapp-rust: 516 is a removed device. whatsapp-rust #353: 409 on the stream is "replaced".
const causeByCode: Readonly<Record<number, DisconnectCause>> = {
  401: "logged-out",
  403: "account-locked",
  405: "client-outdated",
  409: "replaced",
  429: "rate-limited",
  440: "replaced",
  503: "service-unavailable",
  515: "restart-required",
  516: "device-removed",
};

/** Reads `<stream:error>`, which Baileys reports as `Stream Errored (<first child, or "unknown">)`. */
export function readStreamError({ message, statusCode, data }: Evidence): Finding | undefined {
  const match = MESSAGE.exec(message);
  if (match === null) return undefined;
  // Baileys socket.js: `data` is the first child, or the whole stanza when there is none.
  const tag = text(property(data, "tag"));
  const child = tag === undefined ? match[1] : tag;

  if (child === "conflict") {
    const type = text(property(property(data, "attrs"), "type"));
    return { cause: readConflict(type, statusCode), origin: "stream" };
  }
  if (child === "ack") return { cause: "ack-owed" };
  if (child === "xml-not-well-formed") return { cause: "bad-xml" };
  if (child === "restart required") return { cause: "restart-required" };
  if (statusCode === 402) return { ...readTemporaryBan(property(data, "attrs")), origin: "stream" };
  const cause = statusCode === undefined ? undefined : causeByCode[statusCode];
  return { cause: cause ?? "stream-unknown", origin: "stream" };
}

// Baileys generics.js gives every `<conflict>` without a code the number 440, so only the type tells
// a removed device from a replaced connection. Without a type, believe the one that revokes nothing.
function readConflict(type: string | undefined, statusCode: number | undefined): DisconnectCause {
  if (type === "device_removed") return "device-removed";
  if (type === undefined && statusCode === 401) return "unverified-401";
  return "replaced";
}
