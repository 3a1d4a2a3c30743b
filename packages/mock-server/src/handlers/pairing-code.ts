import { iqError, iqResult, node } from "../replies.ts";
import type { PairingRoute, StanzaFamily } from "../routing/router.ts";
import type { Registration } from "../pairing/registration.ts";
import {
  type BinaryNode,
  attr,
  child,
  childBytes,
  requiredAttr,
  requiredChild,
  text,
} from "../wire/binary-node.ts";
import { parseJid } from "../wire/jid.ts";

// The phone shows this name. The real server takes only common ones, written as "Browser (System)", and answers 400
// to anything else; which ones it knows is not documented, so this list is as generous as Baileys' `Browsers`.
const COMMON_DISPLAY =
  /^(?:(?:(?:Google )?Chrome|Chromium|Firefox|Safari|(?:Microsoft )?Edge|Opera|IE|Desktop) \((?:Mac OS|Windows|Linux|Ubuntu|Debian|Fedora|Chrome OS)\)|Android \(.+\))$/;

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
  const platformDisplay = displayIn(request);
  if (context.strict && !COMMON_DISPLAY.test(platformDisplay ?? "")) {
    connection.send(iqError(stanza, 400, "bad-request"));
    return;
  }
  const ref = context.random.for("pairing-code").bytes(REF_BYTES);
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
    platformDisplay,
  });
}

function displayIn(request: BinaryNode): string | undefined {
  const display = child(request, "companion_platform_display");
  return display && text(display);
}

/** The phone answers this request itself, once it knows whether the code was right. It knows nothing of one that has lapsed. */
function onFinish(stanza: BinaryNode, request: BinaryNode, registration: Registration): void {
  const { connection, context } = registration;
  const isTaken = context.desk.onCodeAnswer(registration, {
    request: stanza,
    ref: childBytes(request, "link_code_pairing_ref"),
    keyBundle: childBytes(request, "link_code_pairing_wrapped_key_bundle"),
    identityKey: childBytes(request, "companion_identity_public", 32),
  });
  if (!isTaken) connection.send(iqError(stanza, 404, "item-not-found"));
}
