import { definePatchFault } from "../app-state-fault.ts";
import type { Fault } from "../fault.ts";
import { integer } from "../setting.ts";
import type { StanzaChoice } from "../stanza-fault.ts";

interface PatchVersionGapSettings {
  /** How many versions seem to be missing. */
  readonly by: number;
}

export const patchVersionGap: Fault<"patch-version-gap", PatchVersionGapSettings & StanzaChoice> =
  definePatchFault<"patch-version-gap", PatchVersionGapSettings>({
    name: "patch-version-gap",
    summary: "patches come with later versions than they have, as if some before them were missing",
    settings: {
      by: integer({ doc: "how many versions seem to be missing", fallback: 1, min: 1 }),
    },
    spoil: (patch, { by }) => {
      patch.version = { version: Number(patch.version?.version ?? 0) + by };
    },
  });
