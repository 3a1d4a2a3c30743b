import { type AuthStateHandle, useMemoryAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { type Contact, MockServer, type MockServerOptions, type Phone } from "@motte/mock-server";
import { vi } from "vitest";
import "../faults/rejections.ts";
import { giveReadyPreKeys } from "../../support/ready-pre-keys.ts";
import { SupervisedBot, type SupervisedBotOptions } from "./supervised-bot.ts";

// The libsignal inside Baileys prints whole sessions, keys included, whenever one is closed.
vi.spyOn(console, "info").mockImplementation(() => {});
vi.spyOn(console, "warn").mockImplementation(() => {});

/** A server, somebody to talk with, and one login for which bots are supervised, one at a time. */
export interface SupervisedStage extends AsyncDisposable {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly contact: Contact;
  readonly auth: AuthStateHandle;
  /** A bot on the login, not started. Disposed with the stage, or before. */
  bot(options?: SupervisedBotOptions): SupervisedBot;
  /** Links the login by QR and leaves it with its first sync done and nobody connected. */
  link(): Promise<void>;
}

export async function supervisedStage(
  serverOptions: MockServerOptions = {},
): Promise<SupervisedStage> {
  const cleanup = new CleanupStack();
  const server = cleanup.use(await MockServer.start({ seed: "reconnect", ...serverOptions }));
  const auth = cleanup.use(await useMemoryAuthState());
  const phone = server.phone({ name: "Ada" });
  const contact = server.contact({ name: "Grace" });
  return {
    server,
    phone,
    contact,
    auth,
    bot: (options) => cleanup.use(new SupervisedBot(server, auth, options)),
    link: () => linkBot(server, auth, phone),
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

/** Links a login by QR and leaves it with its first sync done and nobody connected with it. */
export async function linkBot(
  server: MockServer,
  auth: AuthStateHandle,
  phone: Phone,
): Promise<void> {
  await giveReadyPreKeys(auth);
  await using bot = new SupervisedBot(server, auth).start();
  await bot.until("A QR code", () => bot.qrs.length > 0);
  await phone.scan(bot.qrs[0]?.qr ?? "");
  await bot.open();
  await bot.synced();
  await bot.supervisor.stop();
  // A fault would hit a connection whose client has gone and whose end the server has not heard of.
  while (server.connections.length > 0) await systemClock.sleep(5);
}

/** A stage whose login has been linked. */
export async function linkedStage(serverOptions?: MockServerOptions): Promise<SupervisedStage> {
  const stage = await supervisedStage(serverOptions);
  try {
    await stage.link();
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}
