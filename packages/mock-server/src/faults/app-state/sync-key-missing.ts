import { definePatchFault } from "../app-state-fault.ts";
import type { Fault } from "../fault.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

// Device 0, an epoch that no phone comes to.
const UNKNOWN_KEY = { id: Buffer.from("0000ffffffff", "hex") };

export const syncKeyMissing: Fault<"sync-key-missing", StanzaChoice> = definePatchFault<
  "sync-key-missing",
  object
>({
  name: "sync-key-missing",
  summary: "patches are said to be encrypted with a key that nobody has",
  settings: {},
  spoil: (patch) => {
    patch.keyId = UNKNOWN_KEY;
    for (const { record } of patch.mutations) if (record) record.keyId = UNKNOWN_KEY;
  },
});
