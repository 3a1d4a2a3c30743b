/** Everything of ours is below this folder, which Baileys does not look into. */
export const OWN: string = ".auth-store";
export const META: string = `${OWN}/meta.json`;
export const LOCK: string = `${OWN}/lock`;
export const JOURNAL: string = `${OWN}/journal`;
/** Files and folders on their way to their name. */
export const TEMPORARY: string = `${OWN}/tmp`;
/** Earlier creds, as Baileys would have them. */
export const GENERATIONS: string = `${OWN}/creds`;
export const QUARANTINE: string = `${OWN}/quarantine`;
/** Records that Baileys' file names or its JSON cannot hold. */
export const RECORDS: string = `${OWN}/records`;

export const CREDS: string = "creds.json";
/** Creds that are not Baileys' JSON, for instance because they are encrypted. */
export const OPAQUE_CREDS: string = `${OWN}/creds.bin`;

export const FOLDERS: readonly string[] = [
  OWN,
  LOCK,
  JOURNAL,
  TEMPORARY,
  GENERATIONS,
  QUARANTINE,
  RECORDS,
];

const KEPT = /[a-z0-9_.@+=-]/;
const NOTHING_TO_ESCAPE = /^[a-z0-9_.@+=-]*$/;

/** Escapes everything but small letters, digits and a few signs, so that names differ by more than their case. */
export function escapeName(text: string, kept: RegExp = KEPT): string {
  // As with nearly every record, and every write asks for the names of its records.
  if (kept === KEPT && NOTHING_TO_ESCAPE.test(text)) return text;
  let escaped = "";
  for (const byte of Buffer.from(text)) {
    const sign = String.fromCharCode(byte);
    escaped += kept.test(sign) ? sign : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return escaped;
}

/** Undoes `escapeName`. */
export function unescapeName(escaped: string): string {
  const bytes = escaped.replaceAll(/%([0-9a-f]{2})/g, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString();
}
