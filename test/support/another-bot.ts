import { CleanupStack } from "@motte/core/cleanup";
import type { BaileysEventMap, WASocket } from "@whiskeysockets/baileys";
import type { MockServer, Phone } from "@motte/mock-server";
import { Bot, within } from "./bot.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A bot on a login of its own, and everything its socket has told. */
export interface AnotherBot extends AsyncDisposable {
  readonly bot: Bot;
  readonly sock: WASocket;
  /** The payloads of an event so far, in order. */
  heard<E extends keyof BaileysEventMap>(event: E): readonly BaileysEventMap[E][];
  /** The first payload of an event that suits, past or to come. */
  hears<E extends keyof BaileysEventMap, T>(
    event: E,
    find: (payload: BaileysEventMap[E]) => T | undefined,
  ): Promise<T>;
}

/** Links one more bot to a phone and lets it have its first sync. */
export async function anotherBot(server: MockServer, phone: Phone): Promise<AnotherBot> {
  const cleanup = new CleanupStack();
  try {
    return await link(server, phone, cleanup);
  } catch (error) {
    await cleanup.dispose();
    throw error;
  }
}

async function link(server: MockServer, phone: Phone, cleanup: CleanupStack): Promise<AnotherBot> {
  const folder = cleanup.use(await temporaryFolder());
  const bot = cleanup.use(await Bot.start(server, { folder }));
  const batches: Partial<BaileysEventMap>[] = [];
  const watchers = new Set<() => void>();
  bot.supervisor.ev.process((events) => {
    batches.push(events);
    for (const look of watchers) look();
  });
  await phone.scan(await bot.qr());
  const sock = await bot.open();
  await bot.synced();
  return {
    bot,
    sock,
    heard: (event) =>
      batches.flatMap((batch) => {
        const payload = batch[event];
        return payload === undefined ? [] : [payload];
      }),
    hears: (event, find) =>
      within(
        `The event ${event}`,
        new Promise((resolve) => {
          const look = (): void => {
            for (const batch of batches) {
              const payload = batch[event];
              const found = payload === undefined ? undefined : find(payload);
              if (found === undefined) continue;
              watchers.delete(look);
              return resolve(found);
            }
          };
          watchers.add(look);
          look();
        }),
      ),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}
