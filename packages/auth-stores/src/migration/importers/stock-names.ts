/** A family and id of Baileys. */
export interface RecordName {
  readonly type: string;
  readonly id: string;
}

interface FamilyNames {
  readonly type: string;
  /** The ids Baileys makes. */
  readonly id: RegExp;
  /** The id that `fixFileName` (use-multi-file-auth-state.js) wrote as `text`; by default it changes nothing. */
  readonly unfix?: (text: string) => string | undefined;
}

const GROUP = String.raw`\d+(?:-\d+)?@g\.us|[^_.:@/-]+@broadcast`;
const ADDRESS = /^[^_.:@/]+(?:_\d+)?\.\d+$/;
const USER_JID = /^[^:@/-]+(?::\d+)?@[a-z][a-z.]*$/;

// A type that another one begins with comes after it: "sender-key-memory-x" is no "sender-key".
const FAMILIES: readonly FamilyNames[] = [
  {
    type: "app-state-sync-version",
    id: /^(?:critical_block|critical_unblock_low|regular_high|regular_low|regular)$/,
  },
  {
    type: "app-state-sync-key",
    id: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    // "_" is not in the alphabet of base64.
    unfix: (text) => text.replaceAll("__", "/"),
  },
  { type: "sender-key-memory", id: new RegExp(`^(?:${GROUP})$`) },
  {
    type: "sender-key",
    id: new RegExp(String.raw`^(?:${GROUP})::[^_.:@/-]+(?:_\d+)?::\d+$`),
    // The group may hold a single "-" of its own, the rest holds none.
    unfix: (text) => {
      const [, group, user, device] =
        /^(.+@(?:g\.us|broadcast))--([^:/@-]+)--(\d+)$/.exec(text) ?? [];
      return group === undefined ? undefined : `${group}::${user}::${device}`;
    },
  },
  { type: "contacts-tc-token", id: USER_JID, unfix: unfixJid },
  { type: "tctoken", id: new RegExp(`^__index$|${USER_JID.source}`), unfix: unfixToken },
  { type: "lid-mapping", id: /^\d+(?:_reverse)?$/ },
  { type: "device-list", id: /^\d+$/ },
  { type: "identity-key", id: ADDRESS },
  { type: "session", id: ADDRESS },
  { type: "pre-key", id: /^[1-9]\d{0,7}$/ },
];

/**
 * The record that `useMultiFileAuthState` keeps under this file name (without `.json`), or under this hash field.
 *
 * Exact for every id Baileys makes; `undefined` for anything else, which could have been written for several ids.
 */
export function recordOfFixedName(name: string): RecordName | undefined {
  return find(name, "-", ({ unfix }, text) => (unfix === undefined ? text : unfix(text)));
}

/** The record named `type-id`, with the id as it is. */
export function recordOfPlainName(name: string): RecordName | undefined {
  return find(name, "-", (_family, text) => text);
}

/** The record named `type:id`, with the id as it is. */
export function recordOfColonName(name: string): RecordName | undefined {
  return find(name, ":", (_family, text) => text);
}

function find(
  name: string,
  separator: string,
  idOf: (family: FamilyNames, text: string) => string | undefined,
): RecordName | undefined {
  const family = FAMILIES.find(({ type }) => name.startsWith(type + separator));
  if (family === undefined) return undefined;
  const id = idOf(family, name.slice(family.type.length + 1));
  // An empty id fits base64, and is none.
  return id !== undefined && id !== "" && family.id.test(id)
    ? { type: family.type, id }
    : undefined;
}

// The only ":" of a jid stands before its device, and a user holds no "-".
function unfixJid(text: string): string | undefined {
  const [, user, device, server] = /^([^-@]+)(?:-(\d+))?@(.+)$/.exec(text) ?? [];
  if (user === undefined) return undefined;
  return device === undefined ? `${user}@${server}` : `${user}:${device}@${server}`;
}

function unfixToken(text: string): string | undefined {
  return text === "__index" ? text : unfixJid(text);
}
