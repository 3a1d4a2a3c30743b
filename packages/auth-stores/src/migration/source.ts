import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import type { BackendSession } from "../backend.ts";
import { decodeCreds } from "../codec/creds-codec.ts";
import { type ValueCodec, storedJson, storedJsonText } from "../codec/value-codec.ts";
import { scannedPages } from "../scanned-pages.ts";
import { MigrationError } from "./errors.ts";
import type { ForeignSource } from "./foreign-source.ts";
import type { SessionName } from "./markers.ts";
import {
  type KnownDigests,
  type MigratedEntry,
  type StoredEntry,
  hasLegacyBytes,
  normalised,
} from "./normalise.ts";

/** How many entries are handed on, and copied, at once. */
const PAGE_ENTRIES = 500;
// Own sender keys reach half a megabyte each, and a page is held in memory and in one transaction.
const PAGE_BYTES = 8 * 1024 * 1024;

/** Anything whose account can be read, as bytes in our coding. */
export interface StoredSource {
  readonly name: SessionName;
  /** Whether another program wrote it. */
  readonly foreign: boolean;
  readCreds(): Promise<Uint8Array | null>;
  /** In pages, since a step for every record would cost as much as reading it. */
  pages(): AsyncIterable<readonly StoredEntry[]>;
}

/** An account as it is to be stored. Every call reads the source anew. */
export interface AccountSource {
  readonly name: SessionName;
  readCreds(): Promise<SourceCreds | null>;
  /** A record of which `known` has the digest already is taken to be in its final form, and is not read through. */
  pages(known?: KnownDigests): AsyncIterable<readonly MigratedEntry[]>;
}

export interface SourceCreds {
  readonly creds: AuthenticationCreds;
  /** Bytes were found in a form that Baileys 7 does not read. */
  readonly legacy: boolean;
}

/** Reads a source through the codec. Throws `MIGRATION_SOURCE_UNREADABLE` for creds that are none. */
export function accountSource(stored: StoredSource, codec: ValueCodec): AccountSource {
  return {
    name: stored.name,
    readCreds: async () => {
      const bytes = await stored.readCreds();
      if (bytes === null) return null;
      try {
        const creds = decodeCreds(bytes);
        const text = storedJsonText(bytes);
        return { creds, legacy: text !== undefined && hasLegacyBytes(JSON.parse(text)) };
      } catch (error) {
        // No cause: the message of a SyntaxError quotes what it could not read.
        throw new MigrationError(
          "MIGRATION_SOURCE_UNREADABLE",
          `The creds of the ${stored.name.kind} source cannot be read (${error instanceof Error ? error.name : "unknown"}): ` +
            "restore them from a backup first, a new pairing needs no migration",
        );
      }
    },
    pages: (known) => normalised(stored.pages(), codec, { foreign: stored.foreign, known }),
  };
}

type StoredRecords = Pick<BackendSession, "types" | "scan" | "scanPages">;

/** The records of a session of a backend. */
export function sessionSource(
  name: SessionName,
  session: StoredRecords & Pick<BackendSession, "readCreds">,
): StoredSource {
  return {
    name,
    foreign: false,
    readCreds: () => session.readCreds(),
    pages: () => recordsOf(session),
  };
}

/** The records of another program's store. */
export function importedSource(source: ForeignSource): StoredSource {
  return {
    name: { kind: source.kind, location: source.location, sessionId: "" },
    foreign: true,
    readCreds: async () => {
      const json = await source.readCreds();
      return json === null ? null : storedJson(json);
    },
    pages: () => paged(entriesOf(source)),
  };
}

/** Gathers entries into pages of a bounded number and size. */
export async function* paged(
  entries: AsyncIterable<StoredEntry> | Iterable<StoredEntry>,
): AsyncGenerator<readonly StoredEntry[]> {
  const pages = new Pages();
  for await (const entry of entries) {
    const page = pages.add(entry);
    if (page !== undefined) yield page;
  }
  yield* pages.rest();
}

async function* recordsOf(session: StoredRecords): AsyncGenerator<readonly StoredEntry[]> {
  const pages = new Pages();
  for (const type of await session.types()) {
    for await (const records of scannedPages(session, type)) {
      for (const [id, bytes] of records) {
        const page = pages.add({ entry: "record", type, id, bytes });
        if (page !== undefined) yield page;
      }
    }
  }
  yield* pages.rest();
}

class Pages {
  #page: StoredEntry[] = [];
  #bytes = 0;

  /** Gives back the page that this entry has filled, if it has. */
  add(entry: StoredEntry): readonly StoredEntry[] | undefined {
    this.#page.push(entry);
    if (entry.entry === "record") this.#bytes += entry.bytes.length;
    if (this.#page.length < PAGE_ENTRIES && this.#bytes < PAGE_BYTES) return undefined;
    const page = this.#page;
    [this.#page, this.#bytes] = [[], 0];
    return page;
  }

  /** The page that is not full, unless it is empty. */
  rest(): readonly (readonly StoredEntry[])[] {
    return this.#page.length === 0 ? [] : [this.#page];
  }
}

async function* entriesOf(source: ForeignSource): AsyncGenerator<StoredEntry> {
  for await (const entry of source.entries()) {
    if (entry.entry !== "record") yield entry;
    else {
      const { type, id, json } = entry;
      yield { entry: "record", type, id, bytes: storedJson(json) };
    }
  }
}
