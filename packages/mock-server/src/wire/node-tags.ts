/**
 * The bytes of the node format that announce what follows. Every byte from 1 up to the first of them is a token of
 * its own.
 */
export const LIST_EMPTY = 0;
/** Followed by a byte: a token of one of the four tables, which follow each other. */
export const DICTIONARY_0 = 236;
/** A user, two bytes of device, two of integrator, a server. */
export const INTEROP_JID = 245;
/** A user, two bytes of device, a server. */
export const FB_JID = 246;
/** A byte for the server, a byte of device, a user. */
export const AD_JID = 247;
export const LIST_8 = 248;
export const LIST_16 = 249;
/** A user, which may be empty, and a server. */
export const JID_PAIR = 250;
/** Two characters a byte, as the next two tags. The highest bit of the length says that the last one is not there. */
export const HEX_8 = 251;
export const BINARY_8 = 252;
/** Followed by 20 bits of length, in three bytes. */
export const BINARY_20 = 253;
export const BINARY_32 = 254;
export const NIBBLE_8 = 255;

/** So many characters can be packed. */
export const PACKED_MAX = 127;

/** Set in the first byte of a stanza when the rest is compressed with zlib. */
export const COMPRESSED = 0b10;

/** The servers a JID with a device can be on, and the byte that stands for each (Baileys, jid-utils.js: WAJIDDomains). */
export const DEVICE_SERVERS: ReadonlyMap<string, number> = new Map([
  ["s.whatsapp.net", 0],
  ["lid", 1],
  ["hosted", 128],
  ["hosted.lid", 129],
]);
