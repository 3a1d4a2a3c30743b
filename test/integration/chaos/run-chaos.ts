import { systemClock } from "@motte/core/clock";
import { constant } from "@motte/reconnect";
import { stageWithLinkedBot } from "../../support/linked-bot.ts";
import { DiligentEcho } from "./diligent-echo.ts";

const MESSAGES = 6;
const LULL_MS = 1_000;
// Everything is well soon after the last fault, but not on a machine that does much else at once.
const PATIENCE_MS = 100_000;
const PATIENCE = { max: 1_000, windowMs: 60_000 };

/**
 * A contact that writes, a supervised bot that answers, and faults picked from `seed`. Rejects with
 * `MOCK_CHAOS_BROKE` when an invariant does not hold in the end.
 */
export async function runChaos(seed: string): Promise<void> {
  const policy = {
    backoff: constant(10),
    restart: PATIENCE,
    budget: PATIENCE,
    rateLimited: { rungs: 0, windowMs: 1 },
  };
  await using set = await stageWithLinkedBot(
    { reconnect: { policy, timeouts: { connectMs: 3_000, closeGraceMs: 100 } } },
    { seed },
  );
  const { bot, contact, phone, server } = set;
  await using echo = new DiligentEcho(bot, contact.pn);
  using chaos = server.chaos({ faults: 6 });

  for (let count = 1; count <= MESSAGES; count++) {
    const { id } = await contact.say(phone, `message ${count}`);
    // Faults have to meet traffic, and not one long queue after the first of them.
    await Promise.race([bot.hears(id).catch(() => undefined), systemClock.sleep(LULL_MS)]);
  }

  await chaos.settle({ heard: () => echo.heard, timeoutMs: PATIENCE_MS });
}
