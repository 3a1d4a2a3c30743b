import { CleanupStack } from "@motte/core/cleanup";
import { MockServer, type Phone } from "@motte/mock-server";
import { type AnotherBot, anotherBot } from "./another-bot.ts";

/** Two people on a strict server, each with a bot. */
export interface AdaAndBen extends AsyncDisposable {
  readonly server: MockServer;
  readonly adasPhone: Phone;
  readonly bensPhone: Phone;
  readonly ada: AnotherBot;
  readonly ben: AnotherBot;
}

export async function adaAndBen(): Promise<AdaAndBen> {
  const cleanup = new CleanupStack();
  try {
    const server = cleanup.use(await MockServer.start({ strict: true }));
    const adasPhone = server.phone({ name: "Ada" });
    const bensPhone = server.phone({ name: "Ben" });
    const ada = cleanup.use(await anotherBot(server, adasPhone));
    const ben = cleanup.use(await anotherBot(server, bensPhone));
    return {
      server,
      adasPhone,
      bensPhone,
      ada,
      ben,
      [Symbol.asyncDispose]: () => cleanup.dispose(),
    };
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}
