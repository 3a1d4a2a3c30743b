import { CleanupStack } from "@motte/core/cleanup";
import { MockServer, type MockServerOptions, type Phone } from "@motte/mock-server";
import { type AnotherBot, anotherBot } from "../../support/another-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { WhatsappRust } from "./client.ts";

export interface Stage extends AsyncDisposable {
  readonly server: MockServer;
  /** The phone of the whatsapp-rust client. */
  readonly rosa: Phone;
  /** Starts a client on Rosa's login, which may be none yet. Disposed with the stage, or before. */
  startRust(): Promise<WhatsappRust>;
  /** Starts a Baileys client and links it to a phone. Disposed with the stage. */
  linkBaileys(phone: Phone): Promise<AnotherBot>;
}

/** A mock server, and a phone that a whatsapp-rust client can be linked to. */
export async function stage(options: MockServerOptions = {}): Promise<Stage> {
  const cleanup = new CleanupStack();
  const rustFolder = cleanup.use(await temporaryFolder());
  const server = cleanup.use(await MockServer.start(options));
  const rosa = server.phone({ name: "Rosa" });
  rosa.appState.setPushName("Rosa");
  return {
    server,
    rosa,
    startRust: async () => cleanup.use(await WhatsappRust.start(server, rustFolder.path)),
    linkBaileys: async (phone) => cleanup.use(await anotherBot(server, phone)),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

export interface LinkedStage extends Stage {
  readonly rust: WhatsappRust;
}

/** A stage whose client has been linked by QR, has had its first sync and is online. */
export async function stageWithRust(options?: MockServerOptions): Promise<LinkedStage> {
  const set = await stage(options);
  try {
    const rust = await set.startRust();
    await rust.ask("run");
    const { code } = await rust.hears<{ code: string }>("qr");
    await set.rosa.scan(code);
    await rust.hears("connected");
    // It ignores news of a collection that it is just syncing, and has no event for the end of that.
    await rust.logs("Initial App State Sync Completed.");
    // Otherwise its receipts say "inactive", which tells the sender nothing.
    await rust.ask("comeOnline");
    return { ...set, rust };
  } catch (error) {
    await set[Symbol.asyncDispose]();
    throw error;
  }
}
