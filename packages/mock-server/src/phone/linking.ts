import { hasCode } from "@motte/core/errors";
import type { Connection } from "../connection/connection.ts";
import { unixTime } from "../context.ts";
import { linkDevice } from "../news/devices.ts";
import { MockServerError } from "../errors.ts";
import type { Registration } from "../pairing/registration.ts";
import { node, serverIq } from "../replies.ts";
import { companionMailbox } from "../routing/companion-mailbox.ts";
import { type BinaryNode, attr, bytes, child } from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { Account } from "../world/account.ts";
import { Companion } from "../world/companion.ts";
import {
  acceptDeviceSignature,
  sealDeviceIdentity,
  signDeviceIdentity,
} from "./device-identity.ts";
import type { VirtualPrimary } from "./virtual-primary.ts";

export interface LinkRequest {
  readonly registration: Registration;
  readonly account: Account;
  readonly phone: VirtualPrimary;
  /** The secret the phone learned from the QR code or the pairing code. */
  readonly advSecret: Buffer;
  readonly timeoutMs: number;
}

// "Restart required": the client reconnects and logs in as what it was just made.
const RESTART_REQUIRED = "515";

/**
 * Links a waiting client to an account: the phone signs its identity, the client checks that and signs in turn.
 * The device exists only once the client's signature was checked.
 */
export async function linkCompanion(request: LinkRequest): Promise<Companion> {
  const { registration, account, phone, advSecret } = request;
  const { connection, context, keys, noiseKey } = registration;
  const device = account.reserveDevice();
  const signed = signDeviceIdentity({
    account: phone.identity,
    companionIdentityKey: keys.identityKey,
    rawId: phone.rawId,
    keyIndex: device,
    timestamp: Number(unixTime(context.clock)),
  });
  const pairSuccess = node("pair-success", {}, [
    node("device-identity", {}, sealDeviceIdentity(signed, advSecret)),
    node("device", {
      jid: account.jidOn(PN_SERVER, device),
      lid: account.jidOn(LID_SERVER, device),
    }),
    node("platform", { name: "android" }),
  ]);
  const iq = serverIq(context.nextId(), { t: unixTime(context.clock) }, pairSuccess);
  const answer = await answerOf(connection, iq, request);
  const signature = signatureIn(answer);
  const deviceIdentity = signature && acceptDeviceSignature(signed, signature, keys.identityKey);
  if (deviceIdentity === undefined) {
    connection.close();
    throw refused(refusalOf(answer) ?? "The client's signature does not fit its identity key");
  }
  const mailbox = companionMailbox(context);
  const companion = new Companion({ account, device, noiseKey, keys, deviceIdentity, mailbox });
  linkDevice(companion, context);
  connection.streamError(RESTART_REQUIRED);
  return companion;
}

/** A client that finds the secret wrong says so (whatsmeow) or just hangs up (Baileys). */
async function answerOf(
  connection: Connection,
  iq: BinaryNode,
  { registration, timeoutMs }: LinkRequest,
): Promise<BinaryNode> {
  const { realClock, journal, desk } = registration.context;
  const answer = connection.request(iq);
  const timer = realClock.after(timeoutMs, () => connection.close(), { keepAlive: true });
  try {
    return await answer;
  } catch (error) {
    if (!hasCode(error, "MOCK_CONNECTION_ENDED")) throw error;
    if (desk.closedBy !== undefined) throw desk.closedBy;
    throw refused(
      `The client hung up instead of answering the phone, or said nothing for ${timeoutMs} ms; most likely the secret in the QR code is not its own.\n${journal.toTable()}`,
      error,
    );
  } finally {
    timer[Symbol.dispose]();
  }
}

function signatureIn(answer: BinaryNode): Buffer | undefined {
  const identity = child(answer, "pair-device-sign");
  const signed = identity && child(identity, "device-identity");
  return signed && bytes(signed);
}

function refusalOf(answer: BinaryNode): string | undefined {
  const error = child(answer, "error");
  return error && `The client answered ${attr(error, "code")} ${attr(error, "text")}`;
}

function refused(what: string, cause?: unknown): MockServerError {
  return new MockServerError("MOCK_PAIRING_REFUSED", what, { cause });
}
