import { definePatchFault } from "../app-state-fault.ts";
import type { Fault } from "../fault.ts";
import { flipped } from "../flipped.ts";
import { choice } from "../setting.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

interface PatchBadMacSettings {
  /** The code of the patch, of the collection after it, or of each setting. */
  readonly mac: "patch" | "snapshot" | "value";
}

/** Baileys checks these codes only with `appStateMacVerification` (chat-utils.js). */
export const patchBadMac: Fault<"patch-bad-mac", PatchBadMacSettings & StanzaChoice> =
  definePatchFault<"patch-bad-mac", PatchBadMacSettings>({
    name: "patch-bad-mac",
    summary: "a code in a patch does not agree with what it vouches for",
    settings: {
      mac: choice({
        doc: "the code of the patch, of the collection after it, or of each setting",
        of: ["patch", "snapshot", "value"],
        fallback: "patch",
      }),
    },
    spoil: (patch, { mac }) => {
      if (mac === "patch") patch.patchMac = flipped(patch.patchMac ?? new Uint8Array(), 0);
      if (mac === "snapshot") patch.snapshotMac = flipped(patch.snapshotMac ?? new Uint8Array(), 0);
      if (mac !== "value") return;
      for (const { record } of patch.mutations) {
        // The last 32 bytes are the code.
        if (record?.value?.blob) record.value.blob = flipped(record.value.blob, -1);
      }
    },
  });
