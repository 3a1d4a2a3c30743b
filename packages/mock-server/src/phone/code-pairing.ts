import type { ServerContext } from "../context.ts";
import { unixTime } from "../context.ts";
import { MockServerError } from "../errors.ts";
import type { Registration } from "../pairing/registration.ts";
import { iqError, iqResult, node } from "../replies.ts";
import { keyPairFromBytes } from "../wire/curve.ts";
import { SERVER_JID } from "../wire/jid.ts";
import { openKeyBundle, unwrapEphemeralKey, wrapEphemeralKey } from "./pairing-code-crypto.ts";
import type { VirtualPrimary } from "./virtual-primary.ts";

export interface CodePairing {
  readonly context: ServerContext;
  readonly phone: VirtualPrimary;
  readonly phoneNumber: string;
  /** Eight characters, without the dash. */
  readonly code: string;
  readonly timeoutMs: number;
}

export interface CodePaired {
  readonly registration: Registration;
  readonly advSecret: Buffer;
}

const CODE_LENGTH = 8;

/** The characters of a code typed with or without its dash. */
export function normalPairingCode(text: string): string {
  const code = text.replaceAll(/[\s-]/g, "");
  if (code.length === CODE_LENGTH) return code;
  throw wrongCode("A pairing code has 8 characters");
}

/**
 * The phone's part of pairing by code. Both sides encrypt their ephemeral keys with the code; that it was the
 * same code shows only when the client's last message opens.
 */
export async function pairByCode(pairing: CodePairing): Promise<CodePaired> {
  const { context, phone, phoneNumber, code, timeoutMs } = pairing;
  const { desk } = context;
  const random = context.random.for("pairing-code");
  const waiting = await desk.codeRequest(phoneNumber, timeoutMs);
  const { registration, request } = waiting;
  const { connection } = registration;
  const primaryEphemeral = keyPairFromBytes(random.bytes(32));
  const companionEphemeralKey = await unwrapEphemeralKey(code, request.wrappedEphemeralKey);
  const wrapped = await wrapEphemeralKey(code, primaryEphemeral.public, random);
  const answered = desk.codeAnswer(waiting, timeoutMs);
  connection.send(
    primaryHello(context, { wrapped, identity: phone.identityKey, ref: request.ref }),
  );
  const answer = await answered;
  const opened = openKeyBundle({
    bundle: answer.keyBundle,
    primaryEphemeral,
    companionEphemeralKey,
    primaryIdentity: phone.identity,
  });
  const sameClient =
    opened !== undefined && opened.companionIdentityKey.equals(registration.keys.identityKey);
  if (!sameClient) {
    connection.send(iqError(answer.request, 401, "not-authorized"));
    throw wrongCode("The client shows another code");
  }
  connection.send(iqResult(answer.request));
  return { registration, advSecret: opened.advSecret };
}

function primaryHello(
  context: ServerContext,
  hello: { readonly wrapped: Buffer; readonly identity: Buffer; readonly ref: Buffer },
): ReturnType<typeof node> {
  return node(
    "notification",
    {
      from: SERVER_JID,
      id: context.nextId(),
      type: "link_code_companion_reg",
      t: unixTime(context.clock),
    },
    [
      node("link_code_companion_reg", { stage: "primary_hello" }, [
        node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, hello.wrapped),
        node("primary_identity_pub", {}, hello.identity),
        node("link_code_pairing_ref", {}, hello.ref),
      ]),
    ],
  );
}

function wrongCode(what: string): MockServerError {
  return new MockServerError(
    "MOCK_WRONG_PAIRING_CODE",
    `${what}: enter the code that sock.requestPairingCode() returned`,
  );
}
