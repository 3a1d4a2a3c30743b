import { HttpError } from "../http/errors.ts";
import { type HttpRequest, type HttpResponse, type HttpRoutes, json } from "../http/route.ts";
import type { Phone, PairedCompanion } from "../phone/phone.ts";
import { scanWithOwnPhone } from "../phone/scanning.ts";

const MAX_BODY_BYTES = 16 * 1024;

/** Linking clients from outside the process. Any text is taken as the QR code, so that `curl --data` does it. */
export const adminPairing: HttpRoutes = [
  {
    method: "POST",
    path: /^\/admin\/mock-phone\/scan-qr$/,
    admin: true,
    async handle(request, context) {
      const qr = (await request.body(MAX_BODY_BYTES)).toString().trim();
      const { phone, ...companion } = await scanWithOwnPhone(context, qr);
      return paired(phone, companion);
    },
  },
  {
    method: "POST",
    path: /^\/admin\/pair\/code$/,
    admin: true,
    async handle(request, context) {
      const { phone: phoneNumber, code } = await readCodeRequest(request);
      const phone = context.people.phone({ phoneNumber });
      return paired(phone, await phone.enterPairingCode(code));
    },
  },
];

function paired({ name, phoneNumber }: Phone, companion: PairedCompanion): HttpResponse {
  return json(200, { name, phoneNumber, ...companion });
}

async function readCodeRequest(
  request: HttpRequest,
): Promise<{ readonly phone: string; readonly code: string }> {
  const body = (await request.body(MAX_BODY_BYTES)).toString();
  const value = parsed(body);
  if (typeof value === "object" && value !== null && "phone" in value && "code" in value) {
    const { phone, code } = value;
    if (typeof phone === "string" && typeof code === "string") return { phone, code };
  }
  throw new HttpError(
    "HTTP_BAD_REQUEST",
    'Send JSON like {"phone":"15550001234","code":"ABCD1234"}',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON at all is refused with the same words as JSON of another shape.
    return undefined;
  }
}
