import { welcome } from "./handshake.ts";
import { DAY_MS, type Script } from "./script.ts";

/** Nobody looks at the codes. */
export const neverScanned: Script = {
  name: "never-scanned",
  title: "QR code never scanned, for a day",
  runs: 1,
  lastsMs: DAY_MS,
  paired: false,
  server: (world) => ({ accept: (connection) => welcome(world, connection) }),
};
