import { createHash } from "node:crypto";
import type { ServerContext } from "../context.ts";
import type { Registration } from "../pairing/registration.ts";
import { parsePairingQr } from "./pairing-qr.ts";
import type { PairedCompanion, PairingOptions, Phone } from "./phone.ts";

/** A client was linked, and this is the phone that did it. */
export interface ScannedCompanion extends PairedCompanion {
  /** The phone that linked it. */
  readonly phone: Phone;
}

/**
 * Scans a QR code with the phone its client asks for: the one called as the client says in `pushName`, or one that
 * follows from its keys. So the same name is the same phone, with one more device.
 */
export async function scanWithOwnPhone(
  context: ServerContext,
  qrText: string,
  options?: PairingOptions,
): Promise<ScannedCompanion> {
  const registration = context.desk.byRef(parsePairingQr(qrText).ref);
  const phone = context.people.phone({ name: nameOf(registration) });
  return { phone, ...(await phone.scan(qrText, options)) };
}

function nameOf({ pushName, noiseKey }: Registration): string {
  return pushName ?? `Phone ${createHash("sha256").update(noiseKey).digest("hex").slice(0, 8)}`;
}
