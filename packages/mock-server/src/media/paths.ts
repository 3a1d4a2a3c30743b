import type { StoredMedia } from "./store.ts";

/** Profile pictures are not encrypted and have a folder of their own. */
export const PICTURE_KIND = "picture";

/** How long the host keeps a file, as the real one does. */
export const DAYS_KEPT = 30;

/**
 * Where a file is found, below any host.
 *
 * whatsmeow appends `&hash=…`, so there has to be a `?`; whatsapp-rust appends a second `?`, so nobody may rely on
 * the query. What is in it is there because apps look for it: `oe` is the time the real host would forget the file.
 */
export function directPathOf({ token, storedAt, kind }: Omit<StoredMedia, "bytes">): string {
  const until = Math.floor(storedAt / 1000) + DAYS_KEPT * 24 * 60 * 60;
  const query = `ccb=11-4&oh=mock&oe=${until.toString(16).toUpperCase()}&_nc_sid=5e03e0`;
  const place = kind === PICTURE_KIND ? `t61.24694-24/${token}.jpg` : `t62.7118-24/${token}.enc`;
  return `/v/${place}?${query}`;
}
