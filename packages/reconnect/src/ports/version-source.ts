import type { WAVersion } from "@whiskeysockets/baileys";

/** Finds another client version when WhatsApp refuses the one in use. Baileys' own stays in use until then. */
export interface VersionSource {
  /**
   * Called once per outage, with the refused version where it is known, and given up on after 15 s. What it resolves
   * with is `version` in the context of the factory from then on.
   */
  refresh(rejected: WAVersion | undefined, signal: AbortSignal): Promise<WAVersion>;
}
