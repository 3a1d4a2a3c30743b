import { type Evidence, property, text } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { readHttpStatus } from "./http-status.ts";

const NO_ROUTE =
  /^(?:ENOTFOUND|EAI_AGAIN|EAI_FAIL|ENETUNREACH|EHOSTUNREACH|ENETDOWN|EADDRNOTAVAIL)$/;
const TLS =
  /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;
const HTTP_STATUS = /Unexpected server response: (\d{3})/;

/** Reads an error of the WebSocket, its TLS or its TCP: Baileys keeps the original in `data`. */
export function readWebSocketError({ message, data }: Evidence): Finding | undefined {
  if (!message.startsWith("WebSocket Error")) return undefined;

  // Dead code in rc14, whose own listener for refused upgrades keeps ws from raising this; alive in others.
  const status = HTTP_STATUS.exec(message)?.[1];
  if (status !== undefined) return readHttpStatus({ status: Number(status) });

  const code = text(property(data, "code")) ?? "";
  if (TLS.test(code)) return { cause: "tls-error" };
  if (code.startsWith("WS_ERR")) return { cause: "ws-protocol" };
  if (NO_ROUTE.test(code)) return { cause: "offline" };
  if (code === "" && /timed out/i.test(message)) return { cause: "connect-timeout", origin: "net" };
  return { cause: "unreachable" };
}
