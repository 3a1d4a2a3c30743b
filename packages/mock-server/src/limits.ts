import { assertKnownOptions, integerOption } from "@motte/core/options";

/** How much of the server one client may take up. Whoever goes over a limit on what it sends or does not read loses its connection. */
export interface Limits {
  /** How long a client may take from opening a connection to its first request, and then for the Noise handshake. @defaultValue `30_000` */
  readonly handshakeMs: number;
  /** The largest frame a client may send. @defaultValue 4 MiB */
  readonly maxFrameBytes: number;
  /** The most nodes in one stanza, children of children included. @defaultValue `65_536` */
  readonly maxNodes: number;
  /** How deep the nodes of a stanza may lie in each other. @defaultValue `64` */
  readonly maxNodeDepth: number;
  /** How many bytes may wait for a client that does not read. @defaultValue 64 MiB */
  readonly maxUnsentBytes: number;
  /**
   * How many stanzas may wait for one linked device to confirm them, while it is connected and while it is away. A
   * new one then takes the place of the oldest, which the journal notes as `dropped: mailbox full`.
   * @defaultValue `100_000`
   */
  readonly maxWaitingStanzas: number;
  /** How many stanzas the journal keeps; then the oldest go. @defaultValue `10_000` */
  readonly maxJournalEntries: number;
  /** How many bytes of stanzas, as they are on the wire, the journal keeps; then the oldest go. @defaultValue 32 MiB */
  readonly maxJournalBytes: number;
  /** Of a stanza longer than this the journal keeps no long contents. @defaultValue 64 KiB */
  readonly maxJournalStanzaBytes: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
// Frame lengths are written in three bytes.
const LARGEST_FRAME = 2 ** 24 - 1;

// Baileys' largest frame, 812 pre-keys, has under 40 kB and 2 500 nodes.
const DEFAULTS: Limits = {
  handshakeMs: 30_000,
  maxFrameBytes: 4 * MIB,
  maxNodes: 65_536,
  maxNodeDepth: 64,
  maxUnsentBytes: 64 * MIB,
  maxWaitingStanzas: 100_000,
  maxJournalEntries: 10_000,
  maxJournalBytes: 32 * MIB,
  maxJournalStanzaBytes: 64 * KIB,
};

/** Checks limits and fills in the defaults. Throws a `UsageError`. */
export function resolveLimits(limits: Partial<Limits> = {}): Limits {
  assertKnownOptions("limits", limits, Object.keys(DEFAULTS));
  const merged = { ...DEFAULTS, ...limits };
  for (const [name, value] of Object.entries<number>(merged)) {
    const max = name === "maxFrameBytes" ? { max: LARGEST_FRAME } : {};
    integerOption(`limits.${name}`, value, { min: 1, ...max });
  }
  return merged;
}
