import { deflateSync } from "node:zlib";
import { COMPRESSED } from "../../wire/node-tags.ts";
import { type Fault, defineFault } from "../fault.ts";

/** Allowed: clients have to take it, and no server of today's does it for small stanzas. */
export const compressedStanza: Fault<"compressed-stanza", object> = defineFault({
  name: "compressed-stanza",
  place: "encodedOut",
  summary: "a stanza comes compressed",
  settings: {},
  arm: () => ({
    // Not one that another rule has compressed already.
    matches: ({ bytes }) => ((bytes[0] ?? 0) & COMPRESSED) === 0,
    act: (stanza, pass) => {
      const packed = deflateSync(stanza.bytes.subarray(1));
      pass({ ...stanza, bytes: Buffer.concat([Buffer.from([COMPRESSED]), packed]) });
    },
  }),
});
