import { redactNumbers } from "@motte/core/redact";
import type { DisconnectCause } from "../causes.ts";
import type { ClassifyContext } from "../disconnect.ts";
import { type Evidence, property, text } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { readTemporaryBan } from "./temporary-ban.ts";

// Names as in WhatsApp Web and whatsmeow: 403 LOCKED, 406 BANNED, 409 bad user agent, 413 and 414 Messenger tokens.
const causeByReason: Readonly<Record<number, DisconnectCause>> = {
  401: "logged-out",
  403: "account-locked",
  405: "client-outdated",
  406: "account-banned",
  409: "bad-user-agent",
  411: "multidevice-mismatch",
  413: "cat-rejected",
  414: "cat-rejected",
  429: "rate-limited",
  500: "server-error",
  501: "server-error",
  503: "service-unavailable",
};

/** Reads `<failure reason=…>`, the server's answer to a login it refuses. Baileys puts its attributes in `data`. */
export function readFailure(
  { message, statusCode, data }: Evidence,
  { paired }: ClassifyContext,
): Finding | undefined {
  if (message !== "Connection Failure") return undefined;
  // Without a reason Baileys reports 500, which is its own invention and no server error.
  if (property(data, "reason") === undefined || statusCode === undefined) {
    return { cause: "failure-unknown" };
  }
  if (statusCode === 402) return readTemporaryBan(data);
  // Baileys requestPairingCode() stores `creds.me` before the pairing completes, so that a reconnect logs in
  // with credentials the server never accepted.
  if (statusCode === 401 && paired === false) return { cause: "stale-pairing" };
  const cause = causeByReason[statusCode] ?? "failure-unknown";
  const finding: Finding = { cause, origin: "failure" };
  return statusCode === 403 ? { ...finding, ...readNotice(data) } : finding;
}

function readNotice(attrs: unknown): Pick<Finding, "notice"> {
  const header = text(property(attrs, "logout_message_header"));
  const subtext = text(property(attrs, "logout_message_subtext"));
  if (header === undefined && subtext === undefined) return {};
  return {
    notice: {
      ...(header === undefined ? {} : { header: redactNumbers(header) }),
      ...(subtext === undefined ? {} : { subtext: redactNumbers(subtext) }),
    },
  };
}
