import { useSqliteAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { openSqlite } from "@motte/core/sqlite";
import { type Contact, MockServer, type Phone } from "@motte/mock-server";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type BotProgram, startBotProgram } from "./bot-program.ts";
import { SupervisedBot } from "./supervised-bot.ts";
import { linkBot } from "./supervised-stage.ts";

/** A server, and a folder with a login for bots that run in processes of their own. */
export interface ProcessStage extends AsyncDisposable {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly contact: Contact;
  /** Starts `programs/leased-bot.ts` on the login. */
  start(settings?: object): BotProgram;
  link(): Promise<void>;
  /** Stops a bot where it is, but not in the middle of a write: its lock would keep everybody out. */
  stall(bot: BotProgram): Promise<void>;
  /** Opens the login as it is on disk and logs in with it. Rejects when it is not whole, or another process has it. */
  logIn(): Promise<void>;
}

export async function processStage(): Promise<ProcessStage> {
  const cleanup = new CleanupStack();
  const folder = cleanup.use(await temporaryFolder());
  const server = cleanup.use(await MockServer.start({ seed: "reconnect" }));
  const phone = server.phone({ name: "Ada" });
  const contact = server.contact({ name: "Grace" });
  const openAuth = () => useSqliteAuthState(folder.file("auth.db"));
  return {
    server,
    phone,
    contact,
    start: (settings) => cleanup.use(startBotProgram(server, folder.path, settings)),
    link: async () => {
      await using auth = await openAuth();
      await linkBot(server, auth, phone);
    },
    stall: async (bot) => {
      bot.signal("SIGSTOP");
      // A signal takes a moment to arrive.
      while ((await systemClock.sleep(50), await isLocked(folder.file("auth.db")))) {
        bot.signal("SIGCONT");
        await systemClock.sleep(20);
        bot.signal("SIGSTOP");
      }
    },
    logIn: async () => {
      await using auth = await openAuth();
      await using bot = new SupervisedBot(server, auth).start();
      await bot.open();
    },
    [Symbol.asyncDispose]: () => cleanup.dispose(),
  };
}

async function isLocked(file: string): Promise<boolean> {
  const database = await openSqlite(file);
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("BEGIN IMMEDIATE");
    database.exec("ROLLBACK");
    return false;
  } catch (error) {
    if (error instanceof Error && /locked|busy/i.test(error.message)) return true;
    throw error;
  } finally {
    database.close();
  }
}
