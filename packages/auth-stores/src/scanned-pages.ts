import type { BackendSession, ScannedPage } from "./backend.ts";

/** The records of one family, many at a time where the backend can do that. */
export function scannedPages(
  session: Pick<BackendSession, "scan" | "scanPages">,
  type: string,
): AsyncIterable<ScannedPage> {
  return session.scanPages?.(type) ?? onePerPage(session.scan(type));
}

async function* onePerPage(
  records: AsyncIterable<ScannedPage[number]>,
): AsyncGenerator<ScannedPage> {
  for await (const record of records) yield [record];
}
