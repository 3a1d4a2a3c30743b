import { UsageError } from "@motte/core/errors";
import type { proto } from "@whiskeysockets/baileys";

/** What this package takes from Baileys at run time. The Baileys module itself fits. */
export interface BaileysRuntime {
  readonly proto: Pick<typeof proto, "Message">;
}

/** The copy of Baileys to use: the one passed in, else the installed `@whiskeysockets/baileys`. */
export async function loadBaileys(given: BaileysRuntime | undefined): Promise<BaileysRuntime> {
  if (given !== undefined) return given;
  try {
    return await import("@whiskeysockets/baileys");
  } catch (error) {
    throw new UsageError(
      "USAGE_MISSING_PEER",
      "Install @whiskeysockets/baileys, or pass the copy in use as the option `baileys`",
      { cause: error },
    );
  }
}
