import type { StoredMedia } from "./store.ts";

/**
 * Where a file is found, below any host.
 *
 * whatsmeow appends `&hash=…`, so there has to be a `?`; whatsapp-rust appends a second `?`, so nobody may rely on
 * the query. The padding of the real host's paths (`ccb`, `oh`, `oe`) is there because apps look for it.
 */
export function directPathOf({ token, storedAt }: Pick<StoredMedia, "token" | "storedAt">): string {
  const expires = Math.floor(storedAt / 1000 + 30 * 24 * 60 * 60)
    .toString(16)
    .toUpperCase();
  return `/v/t62.7118-24/${token}.enc?ccb=11-4&oh=mock&oe=${expires}&_nc_sid=5e03e0`;
}

/** The token in a direct path or a URL, or `undefined` when it is not one of this server's. */
export function tokenIn(address: string): string | undefined {
  return /\/(?<token>[\w-]{43})\.enc(?:\?|$)/.exec(address)?.groups?.["token"];
}
