import type { Phone, PairedCompanion } from "../../phone/phone.ts";
import { scanWithOwnPhone } from "../../phone/scanning.ts";
import { json } from "../../http/route.ts";
import { type LinkedForm, linkedForm } from "../forms/companions.ts";
import { personId, phoneOf } from "../forms/people.ts";
import { type Content, type Operation, jsonOperation, rawOperation } from "../operation.ts";
import { described } from "../schema/schema.ts";
import { object } from "../schema/shapes.ts";
import { text } from "../schema/values.ts";

const MAX_QR_BYTES = 16 * 1024;
const tag = "pairing";
const qrBody: Content = {
  "text/plain": { type: "string", description: "The text of the QR code" },
};

/** Linking clients. Any text is taken as the QR code, so that `curl --data` does it. */
export const pairing: readonly Operation[] = [
  rawOperation({
    method: "POST",
    path: "/admin/mock-phone/scan-qr",
    id: "scanQr",
    tag,
    summary: "Scans a QR code with the phone its client asks for: the one its `pushName` names",
    notes: "A client without a name gets a phone that follows from its keys.",
    body: qrBody,
    answer: { "application/json": linkedForm.json },
    components: linkedForm.components,
    fails: [409, 410, 503, 504],
    async run(_, { context }, request) {
      const qr = (await request.body(MAX_QR_BYTES)).toString().trim();
      const { phone, ...companion } = await scanWithOwnPhone(context, qr);
      return json(200, linked(phone, companion));
    },
  }),
  rawOperation({
    method: "POST",
    path: "/admin/accounts/{account}/scan",
    id: "scanQrWith",
    tag,
    summary: "Scans a QR code with this phone",
    params: object<{ readonly account: string }>({ account: personId }),
    body: qrBody,
    answer: { "application/json": linkedForm.json },
    components: linkedForm.components,
    fails: [404, 409, 410, 503, 504],
    async run({ params }, parts, request) {
      const phone = phoneOf(parts, params.account);
      const qr = (await request.body(MAX_QR_BYTES)).toString().trim();
      return json(200, linked(phone, await phone.scan(qr)));
    },
  }),
  jsonOperation({
    method: "POST",
    path: "/admin/pair/code",
    id: "enterPairingCode",
    tag,
    summary: "Enters the pairing code that a client shows for this number",
    body: object<{ readonly phone: string; readonly code: string }>({
      phone: described(text({ maxLength: 64 }), "The phone number that the client asked with"),
      code: described(text({ maxLength: 64 }), "With or without its dash"),
    }),
    answer: linkedForm,
    fails: [404, 409, 410, 503, 504],
    async run({ body }, { context }) {
      const phone = context.people.phone({ phoneNumber: body.phone });
      return linked(phone, await phone.enterPairingCode(body.code));
    },
  }),
];

function linked({ name, phoneNumber }: Phone, companion: PairedCompanion): LinkedForm {
  return { name, phoneNumber, ...companion };
}
