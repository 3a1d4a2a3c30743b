/** A store of another program, as an importer reads it. Nothing is ever written to it. */
export interface ForeignSource {
  /** What it is, for people: `"multi-file"`. */
  readonly kind: string;
  /** Names the place, for people: a folder, a file, a key. */
  readonly location: string;
  /** The JSON text of the creds; `null` when the store has none. */
  readCreds(): Promise<string | null>;
  /** Everything but the creds. Called several times, and reads the store anew every time. */
  entries(): AsyncIterable<ForeignEntry>;
}

export type ForeignEntry =
  /** A record of Baileys: `json` is its value with bytes marked in any way Baileys has ever marked them. */
  | { readonly entry: "record"; readonly type: string; readonly id: string; readonly json: string }
  /** A record that is certainly one, and damaged. */
  | CorruptEntry
  /** Something that may or may not be a record. It is reported and never guessed at. */
  | UnknownEntry;

export interface CorruptEntry {
  readonly entry: "corrupt";
  readonly type: string;
  readonly id: string;
  /** What was wrong; never the value. */
  readonly reason: string;
}

export interface UnknownEntry {
  readonly entry: "unknown";
  /** The file, field or key as the store has it. */
  readonly name: string;
}
