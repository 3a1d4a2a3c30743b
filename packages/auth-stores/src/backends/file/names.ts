/** A record's family and id. */
export interface RecordName {
  readonly type: string;
  readonly id: string;
}

interface Family {
  readonly type: string;
  /** What an id must look like to survive the way into a file name and back. */
  readonly id: RegExp;
  /** Undoes what Baileys does to an id; ids it leaves alone need none. */
  readonly decode?: (encoded: string) => string;
}

// libsignal's ProtocolAddress: user, an optional "_1" (LID), "_128" or "_129" (hosted), and the device.
const ADDRESS = /^[0-9A-Za-z]+(_\d+)?\.\d+$/;
const GROUP = String.raw`(\d+(-\d+)?@g\.us|status@broadcast)`;
const USER_JID = /^([0-9A-Za-z._]+(:\d+)?@[a-z.]+|__index)$/;
const USER = /^[0-9A-Za-z]+$/;

const deviceJid = (encoded: string): string => encoded.replace(/^([^-@]+)-(\d+)@/, "$1:$2@");

// A family whose name another one starts with comes after it.
const FAMILIES: readonly Family[] = [
  { type: "app-state-sync-version", id: /^[a-z_]+$/ },
  {
    type: "app-state-sync-key",
    id: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/,
    decode: (encoded) => encoded.replaceAll("__", "/"),
  },
  { type: "sender-key-memory", id: new RegExp(`^${GROUP}$`) },
  {
    type: "sender-key",
    id: new RegExp(String.raw`^${GROUP}::[0-9A-Za-z]+(_\d+)?::\d+$`),
    // The group may hold a "-" of its own, so it takes as much as it can.
    decode: (encoded) => encoded.replace(/^(.+)--([^-]+)--(\d+)$/, "$1::$2::$3"),
  },
  { type: "contacts-tc-token", id: USER_JID, decode: deviceJid },
  { type: "tctoken", id: USER_JID, decode: deviceJid },
  { type: "lid-mapping", id: /^[0-9A-Za-z]+(_reverse)?$/ },
  { type: "device-list", id: USER },
  { type: "pre-key", id: /^[1-9]\d{0,7}$/ },
  { type: "session", id: ADDRESS },
  { type: "identity-key", id: ADDRESS },
];

const OTHER_TYPE = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const OTHER_ID = /^[A-Za-z0-9_.@+=-]{1,180}$/;
// Most file systems take 255 bytes.
const LONGEST_NAME = 250;

/** What Baileys calls the file of a record (use-multi-file-auth-state.js). Different records may get one name. */
function baileysName({ type, id }: RecordName): string {
  return `${type}-${id}.json`.replaceAll("/", "__").replaceAll(":", "-");
}

/**
 * The record kept in a file of that name, or `undefined` for a file of something else.
 *
 * `others` are the families of this folder that Baileys does not have. Their ids are taken as they stand.
 */
export function recordOfFile(name: string, others: Iterable<string> = []): RecordName | undefined {
  if (!name.endsWith(".json")) return undefined;
  const stem = name.slice(0, -".json".length);
  const family = FAMILIES.find(({ type }) => stem.startsWith(`${type}-`));
  if (family !== undefined) {
    const encoded = stem.slice(family.type.length + 1);
    const id = family.decode?.(encoded) ?? encoded;
    return family.id.test(id) ? { type: family.type, id } : undefined;
  }
  for (const type of others) {
    if (!stem.startsWith(`${type}-`)) continue;
    const id = stem.slice(type.length + 1);
    return OTHER_ID.test(id) ? { type, id } : undefined;
  }
  return undefined;
}

/** The record that another store names by family, `separator` and the id as it is; `undefined` unless that is certain. */
export function recordOfPlainName(name: string, separator: string): RecordName | undefined {
  const family = FAMILIES.find(({ type }) => name.startsWith(type + separator));
  if (family === undefined) return undefined;
  const id = name.slice(family.type.length + separator.length);
  return family.id.test(id) ? { type: family.type, id } : undefined;
}

/**
 * The name of a record's file, as Baileys gives it, when that name leads back to this record and no other;
 * `undefined` for a record that has to be kept elsewhere.
 */
export function fileOfRecord(record: RecordName, others: Iterable<string>): string | undefined {
  const { type } = record;
  if (!isBaileysFamily(type) && !mayBeOther(type, others)) return undefined;
  const name = baileysName(record);
  if (name.length > LONGEST_NAME) return undefined;
  const read = recordOfFile(name, [type]);
  return read?.type === type && read.id === record.id ? name : undefined;
}

export function isBaileysFamily(type: string): boolean {
  return FAMILIES.some((family) => family.type === type);
}

/** Of two families one of which starts with the other, a file name could mean either. */
function mayBeOther(type: string, others: Iterable<string>): boolean {
  if (!OTHER_TYPE.test(type)) return false;
  const known = [...FAMILIES.map((family) => family.type), ...others];
  return known.every(
    (other) => other === type || !(type.startsWith(`${other}-`) || other.startsWith(`${type}-`)),
  );
}
