import { EventEmitter } from "node:events";
import { aroundMethod } from "./around-method.ts";

/** A client shows a QR code to be scanned. */
interface SeenQr {
  readonly qr: string;
  /** The client has asked for a pairing code too, before or since. */
  readonly prefersCode: () => boolean;
}

/** A client shows a code to be entered on the phone with this number. */
interface SeenCode {
  readonly phoneNumber: string;
  readonly code: string;
}

export interface PairingWatcher {
  onQr(seen: SeenQr): void;
  onCode(seen: SeenCode): void;
}

/**
 * Sees what every Baileys client in this process would show its user.
 *
 * The secret in a QR code never goes over the wire, and no server can do without it, so it has to be read off the
 * client. Baileys hands everything to its user by one call, `emit("event", { … })` of Node's `EventEmitter`
 * (event-buffer.js), whatever module system or bundler brought it here. Nothing of Baileys is patched.
 */
export function watchPairing(watcher: PairingWatcher): void {
  const codes = new WeakMap<EventEmitter, string>();
  const look = (client: EventEmitter, events: unknown): void => {
    const qr = text(field(field(events, "connection.update"), "qr"));
    if (qr !== undefined) watcher.onQr({ qr, prefersCode: () => codes.has(client) });
    const seen = codeIn(field(events, "creds.update"));
    if (seen === undefined || codes.get(client) === seen.code) return;
    codes.set(client, seen.code);
    watcher.onCode(seen);
  };
  aroundMethod(EventEmitter.prototype, "emit", (emitter, args, emit) => {
    if (args[0] === "event") look(emitter, args[1]);
    return emit(emitter, args);
  });
}

/** `requestPairingCode` puts the code and the number into the creds; a linked client, which has an `account`, keeps them there. */
function codeIn(creds: unknown): SeenCode | undefined {
  const code = text(field(creds, "pairingCode"));
  const [phoneNumber = ""] = (text(field(field(creds, "me"), "id")) ?? "").split(/[:@]/);
  if (code === undefined || phoneNumber === "" || field(creds, "account")) return undefined;
  return { phoneNumber, code };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
