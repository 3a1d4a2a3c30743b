import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpError } from "./errors.ts";
import { isLoopback } from "./loopback.ts";

export interface AdminAccess {
  /** What a request has to carry as `Authorization: Bearer …`. */
  readonly token: string | undefined;
  /** The server was told to serve other machines. */
  readonly allowNonLoopback: boolean;
}

/**
 * Lets a request to an admin route pass or throws.
 *
 * The address alone is not enough: a web page that the user has open may send requests to this machine too. It
 * gives itself away by an `Origin`, by the name in `Host` if it has made its own name point here, or, where it loads
 * us as a script or an image, by what browsers say of every request (`Sec-Fetch-Site`, W3C Fetch Metadata).
 */
export function assertAdmin(message: IncomingMessage, access: AdminAccess): void {
  const { authorization, origin, host, "sec-fetch-site": site } = message.headers;
  if (access.token !== undefined && !sameText(authorization, `Bearer ${access.token}`)) {
    throw new HttpError("HTTP_UNAUTHORIZED", "Send the adminToken as Authorization: Bearer …");
  }
  if (access.allowNonLoopback) return;
  const local =
    isLoopback(message.socket.remoteAddress ?? "") &&
    isLoopback(hostName(`http://${host ?? ""}`)) &&
    (origin === undefined ? !isFromElsewhere(site) : isLoopback(hostName(origin)));
  if (!local) {
    throw new HttpError("HTTP_FORBIDDEN", "Admin routes answer programs on this machine only");
  }
}

function isFromElsewhere(site: string | readonly string[] | undefined): boolean {
  return site !== undefined && site !== "none" && site !== "same-origin";
}

function hostName(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** Compares in a time that does not tell how much was right. */
function sameText(given: string | undefined, expected: string): boolean {
  return timingSafeEqual(digest(given ?? ""), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
