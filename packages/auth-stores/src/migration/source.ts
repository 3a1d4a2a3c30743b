import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import type { BackendSession } from "../backend.ts";
import { decodeCreds } from "../codec/creds-codec.ts";
import { type ValueCodec, storedJson, storedJsonText } from "../codec/value-codec.ts";
import { MigrationError } from "./errors.ts";
import type { ForeignSource } from "./foreign-source.ts";
import type { SessionName } from "./markers.ts";
import { type MigratedEntry, type StoredEntry, hasLegacyBytes, normalised } from "./normalise.ts";

/** Anything whose account can be read, as bytes in our coding. */
export interface StoredSource {
  readonly name: SessionName;
  /** Whether another program wrote it. */
  readonly foreign: boolean;
  readCreds(): Promise<Uint8Array | null>;
  entries(): AsyncIterable<StoredEntry>;
}

/** An account as it is to be stored. Every call reads the source anew. */
export interface AccountSource {
  readonly name: SessionName;
  readCreds(): Promise<SourceCreds | null>;
  entries(): AsyncIterable<MigratedEntry>;
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
    entries: () => normalised(stored.entries(), codec, { foreign: stored.foreign }),
  };
}

/** The records of a session of a backend. */
export function sessionSource(
  name: SessionName,
  session: Pick<BackendSession, "readCreds" | "types" | "scan">,
): StoredSource {
  return {
    name,
    foreign: false,
    readCreds: () => session.readCreds(),
    async *entries() {
      for (const type of await session.types()) {
        for await (const [id, bytes] of session.scan(type)) {
          yield { entry: "record", type, id, bytes };
        }
      }
    },
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
    async *entries() {
      for await (const entry of source.entries()) {
        if (entry.entry !== "record") yield entry;
        else {
          const { type, id, json } = entry;
          yield { entry: "record", type, id, bytes: storedJson(json) };
        }
      }
    },
  };
}
