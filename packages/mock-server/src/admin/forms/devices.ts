import { HttpError } from "../../http/errors.ts";
import type { Companion } from "../../world/companion.ts";
import type { AdminParts, AdminSession } from "../parts.ts";
import { type Schema, described } from "../schema/schema.ts";
import { text } from "../schema/values.ts";

/** How a request names a linked device. */
export const deviceId: Schema<string> = described(
  text({ maxLength: 256 }),
  "A device JID, by number or by LID",
);

/** How a request names a connection. */
export const connectedId: Schema<string> = described(
  text({ maxLength: 256 }),
  "A device JID, by number or by LID, or the id of a connection",
);

export function companionOf({ context }: AdminParts, id: string): Companion {
  const address = context.world.resolve(id);
  const companion = address?.account.companion(address.jid.device);
  if (companion !== undefined) return companion;
  throw new HttpError(
    "HTTP_NOT_FOUND",
    "No client is linked with this device JID: GET /admin/state lists them",
  );
}

/** The connection that a device is logged in on, or the one with this id. */
export function sessionOf(parts: AdminParts, id: string): AdminSession {
  const named = parts.sessions().find(({ handle }) => handle.id === id);
  if (named !== undefined) return named;
  const login = parts.context.logins.get(companionOf(parts, id));
  const session = parts.sessions().find(({ connection }) => connection === login?.connection);
  if (session !== undefined) return session;
  throw new HttpError("HTTP_CONFLICT", "This device is not connected: wait until it logs in");
}
