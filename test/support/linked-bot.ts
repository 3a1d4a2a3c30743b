import { CleanupStack } from "@motte/core/cleanup";
import { type Contact, MockServer, type MockServerOptions, type Phone } from "@motte/mock-server";
import { Bot, type BotOptions } from "./bot.ts";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";

export interface Stage extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly server: MockServer;
  /** The account's phone. */
  readonly phone: Phone;
  /** Somebody to talk with. */
  readonly contact: Contact;
  /** Starts a bot on the folder's login, which may be none yet. Disposed with the stage, or before. */
  startBot(options?: Omit<BotOptions, "folder">): Promise<Bot>;
}

/** A mock server with a phone and a contact, and a folder for a bot's data. */
export async function stage(serverOptions: MockServerOptions = {}): Promise<Stage> {
  const cleanup = new CleanupStack();
  const folder = cleanup.use(await temporaryFolder());
  const server = cleanup.use(await MockServer.start(serverOptions));
  return {
    folder,
    server,
    phone: server.phone({ name: "Ada" }),
    contact: server.contact({ name: "Grace" }),
    startBot: async (options = {}) => cleanup.use(await Bot.start(server, { folder, ...options })),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

/** A stage whose bot has been linked by QR, is open and has had its first sync. */
export async function stageWithLinkedBot(
  options?: Omit<BotOptions, "folder">,
  serverOptions?: MockServerOptions,
): Promise<Stage & { readonly bot: Bot }> {
  const set = await stage(serverOptions);
  try {
    const bot = await set.startBot(options);
    await set.phone.scan(await bot.qr());
    await bot.open();
    await bot.synced();
    return { ...set, bot };
  } catch (error) {
    await set[Symbol.asyncDispose]();
    throw error;
  }
}
