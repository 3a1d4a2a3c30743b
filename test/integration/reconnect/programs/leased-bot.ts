import { makeWASocket } from "@whiskeysockets/baileys";
import { type AuthStateHandle, AuthStoreError, useSqliteAuthState } from "@motte/auth-stores";
import { systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import {
  type Ownership,
  type OwnershipVerdict,
  constant,
  exponential,
  fileStateStore,
  stopOnSignals,
  supervise,
} from "@motte/reconnect";

/**
 * A bot whose login is under a lease and whose waits outlive it. It prints what happens to it, one line of JSON each:
 * `node leased-bot.ts URL FOLDER SETTINGS`.
 */
const [url = "", folder = "", settingsText = "{}"] = process.argv.slice(2);

/** How it is set up, in milliseconds. */
interface Settings {
  /** Which file of the folder keeps the waits. */
  readonly stateFile?: string;
  readonly leaseMs?: number;
  /** The first rung of a ladder that doubles, or of one that does not where `constantly` is set. */
  readonly backoffMs?: number;
  readonly constantly?: boolean;
  /** How long a save of the credentials takes. */
  readonly saveMs?: number;
}

const settings: Settings = JSON.parse(settingsText);
const { stateFile = "state.json", leaseMs = 1_000, backoffMs = 100, saveMs = 0 } = settings;

const print = (what: string, facts: object = {}): void =>
  void process.stdout.write(`${JSON.stringify({ what, ...facts })}\n`);

function openAuth(): Promise<AuthStateHandle> {
  return useSqliteAuthState(`${folder}/auth.db`, { leaseMs });
}

/** The lease tells whose turn it is: whoever can open the login has it. */
const ownership: Ownership = {
  check: whoseTurn,
  onChange: (listener) => {
    const stopped = new AbortController();
    const poll = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        await systemClock.sleep(100);
        // While it waits to take over it has been told already.
        if (supervisor.state.hold?.untilMs === null) listener(await whoseTurn());
      }
    };
    void poll();
    return { [Symbol.dispose]: () => stopped.abort() };
  },
};

async function whoseTurn(): Promise<OwnershipVerdict> {
  await current?.close().catch(printLoss);
  current = undefined;
  try {
    const handle = await openAuth();
    await handle.close();
    return "mine";
  } catch (error) {
    if (error instanceof AuthStoreError && error.code === "AUTH_STORE_IN_USE") return "theirs";
    throw error;
  }
}

function printLoss(error: unknown): void {
  print("loss", { code: error instanceof AuthStoreError ? error.code : String(error) });
}

let current: AuthStateHandle | undefined;
const [major, minor, patch] = process.env["WA_VERSION"]?.split(",").map(Number) ?? [];

const kept = fileStateStore(`${folder}/${stateFile}`);

const supervisor = supervise(
  ({ auth }) => {
    if (auth === undefined) throw new Error("The supervisor opens the login");
    print("connects");
    return makeWASocket({
      auth,
      waWebSocketUrl: url,
      logger: silentLogger,
      version: [major ?? 2, minor ?? 3000, patch ?? 0],
    });
  },
  {
    auth: async () => {
      const handle = await openAuth();
      current = handle;
      print("opens the login");
      const saveCreds = async (): Promise<void> => {
        print("begins to save");
        if (saveMs > 0) await systemClock.sleep(saveMs);
        await handle.saveCreds();
        print("has saved");
      };
      return { state: handle.state, saveCreds, close: handle.close };
    },
    state: {
      load: kept.load,
      save: async (json) => {
        await kept.save(json);
        print("keeps");
      },
    },
    ownership,
    policy: {
      backoff: settings.constantly
        ? constant(backoffMs)
        : exponential({ baseMs: backoffMs, minMs: 1, jitter: "none" }),
      replaced: { takeovers: 2, windowMs: 600_000, holdMs: 50 },
    },
  },
);
supervisor.ev.on("messages.upsert", ({ messages }) => {
  for (const { message } of messages) {
    const text = message?.conversation ?? message?.extendedTextMessage?.text;
    if (text) print("hears", { text });
  }
});
supervisor.onStateChange(({ to }) => print("becomes", { phase: to }));
supervisor.onRetry(({ attempt, delayMs, reason }) =>
  print("retries", { attempt, delayMs, reason }),
);
supervisor.onHold(({ cause, needs, untilMs }) => print("holds", { cause, needs, untilMs }));
supervisor.onClose(({ disconnect }) => print("closes", { cause: disconnect.cause }));
supervisor.onQR(({ qr }) => print("shows", { qr }));
supervisor.onInternalError(({ where, error }) => print("reports", { where, error: String(error) }));
stopOnSignals(supervisor);
print("starts");
await supervisor.start();
