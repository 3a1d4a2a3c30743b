/**
 * A program to start bots with that offer no option of ours: `node --import @motte/mock-server/preload bot.js`.
 *
 * Everything the process then connects to at WhatsApp goes to a mock server, and the server's phone links the bot.
 * `motte run` and `server.botEnvironment()` set the variables that say where the server is. Without them, or in
 * production, the process ends with exit code 2 before the bot has started.
 *
 * @module
 */
import { MotteError } from "@motte/core/errors";
import { watchPairing } from "./pairing-watch.ts";
import { phoneHand } from "./phone-hand.ts";
import { redirectConnections } from "./redirect.ts";
import { readPreloadSettings } from "./settings.ts";

const USAGE_EXIT_CODE = 2;

try {
  const settings = readPreloadSettings(process.env);
  redirectConnections(settings);
  if (settings.scan !== "off") watchPairing(phoneHand(settings));
} catch (error) {
  if (!(error instanceof MotteError)) throw error;
  process.stderr.write(`${error.name} ${error.code}: ${error.message}\n`);
  process.exit(USAGE_EXIT_CODE);
}
