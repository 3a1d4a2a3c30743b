import { shownPath } from "../../terminal/shown-path.ts";
import type { StoreCheck } from "../finding.ts";

/** What the packages of Motte take for their peer. */
export const SUPPORTED_BAILEYS = ">=7.0.0-rc10 <8";

export const baileysVersion: StoreCheck = ({ baileys }) => {
  if (baileys === undefined || isSupported(baileys.version)) return [];
  return [
    {
      id: "baileys-version",
      severity: "warning",
      found: `Baileys ${baileys.version} in ${shownPath(baileys.path)} is not one that Motte is made for (${SUPPORTED_BAILEYS}).`,
      remedy: "Install @whiskeysockets/baileys@7.0.0-rc14, or run the bot where another is.",
    },
  ];
};

// Its candidates are called rc.1 to rc.9, and rc10 and on: the number counts, which npm does not see in the latter.
function isSupported(version: string): boolean {
  const [, major, minor, patch, candidate] =
    /^(\d+)\.(\d+)\.(\d+)(?:-rc\.?(\d+))?/.exec(version) ?? [];
  if (major !== "7") return false;
  if (minor !== "0" || patch !== "0" || !version.includes("-")) return true;
  return candidate !== undefined && Number(candidate) >= 10;
}
