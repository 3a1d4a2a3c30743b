import { iqResult, node } from "../replies.ts";
import type { PairingRoute, StanzaFamily } from "../router.ts";
import type { Registration } from "../registration.ts";
import {
  type BinaryNode,
  attr,
  childBytes,
  requiredAttr,
  requiredChild,
} from "../wire/binary-node.ts";
import { parseJid } from "../wire/jid.ts";

const REF_BYTES = 16;
const WRAPPED_KEY_BYTES = 80;

const route: PairingRoute = {
  during: "pairing",
  tag: "iq",
  xmlns: "md",
  type: "set",
  child: "link_code_companion_reg",
  handle(stanza, registration) {
    const request = requiredChild(stanza, "link_code_companion_reg");
    if (attr(request, "stage") === "companion_hello") onHello(stanza, request, registration);
    else if (attr(request, "stage") === "companion_finish") onFinish(stanza, request, registration);
  },
};

/** A client that wants to be linked by a code typed on the phone instead of a QR code. */
export const pairingCode: StanzaFamily = [route];

function onHello(stanza: BinaryNode, request: BinaryNode, registration: Registration): void {
  const { context, connection } = registration;
  const ref = context.random.bytes(REF_BYTES);
  connection.send(
    iqResult(stanza, [
      node("link_code_companion_reg", {}, [node("link_code_pairing_ref", {}, ref)]),
    ]),
  );
  context.desk.onCodeRequest(registration, {
    phoneNumber: parseJid(requiredAttr(request, "jid")).user,
    ref,
    wrappedEphemeralKey: childBytes(
      request,
      "link_code_pairing_wrapped_companion_ephemeral_pub",
      WRAPPED_KEY_BYTES,
    ),
  });
}

/** The phone answers this request itself, once it knows whether the code was right. */
function onFinish(stanza: BinaryNode, request: BinaryNode, registration: Registration): void {
  registration.context.desk.onCodeAnswer(registration, {
    request: stanza,
    keyBundle: childBytes(request, "link_code_pairing_wrapped_key_bundle"),
    identityKey: childBytes(request, "companion_identity_public", 32),
  });
}
