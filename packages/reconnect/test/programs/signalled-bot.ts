import { once } from "node:events";
import { systemClock } from "@motte/core/clock";
import { silentLogger } from "@motte/core/logger";
import { type Stoppable, stopOnSignals, supervise } from "@motte/reconnect";
import { FakeSocket } from "../support/fake-socket.ts";
import { silentServer } from "../support/silent-server.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A bot whose last save is still to be made when the signal comes. */
async function realBot(): Promise<Stoppable> {
  // It takes as long to load as all else here together, and the other bots do without.
  const { makeWASocket } = await import("@whiskeysockets/baileys");
  const { unpaired } = await import("../support/credentials.ts");
  const server = await silentServer();
  const supervisor = supervise(
    () => makeWASocket({ auth: unpaired(), waWebSocketUrl: server.url, logger: silentLogger }),
    {
      saveCreds: async () => {
        await once(process, "SIGTERM");
        await systemClock.sleep(50);
        print("saved");
      },
    },
  );
  supervisor.onClose(({ disconnect }) => print(disconnect.cause));
  await supervisor.start();
  supervisor.ev.on("connection.update", () => supervisor.sock?.ev.emit("creds.update", {}));
  return supervisor;
}

async function fakeBot(): Promise<Stoppable> {
  const supervisor = supervise(() => new FakeSocket(() => Promise.resolve()));
  supervisor.onClose(({ disconnect }) => print(disconnect.cause));
  await supervisor.start();
  // A socket without a network holds no process up, so this does.
  const timer = systemClock.after(600_000, () => {}, { keepAlive: true });
  return { stop: () => supervisor.stop().finally(() => timer[Symbol.dispose]()) };
}

const stuck: Stoppable = { stop: () => new Promise(() => {}) };
const broken: Stoppable = { stop: () => Promise.reject(new Error("broken")) };
const throwing: Stoppable = {
  stop: () => {
    throw new Error("thrown");
  },
};
const onError = (error: unknown): void => print(String(error));

switch (process.argv[2]) {
  case "clean":
    stopOnSignals(await realBot());
    break;
  case "by-itself":
    stopOnSignals(await fakeBot(), { exit: false });
    break;
  case "stuck":
    stopOnSignals([await fakeBot(), stuck], { timeoutMs: 600_000 });
    break;
  case "stuck-by-itself":
    stopOnSignals([await fakeBot(), stuck], { exit: false, timeoutMs: 600_000 });
    break;
  case "throwing":
    stopOnSignals([throwing, await fakeBot()], { onError });
    break;
  case "too-slow":
    stopOnSignals([stuck, await fakeBot()], { timeoutMs: 200, onError });
    break;
  case "broken":
    stopOnSignals([broken, await fakeBot()], { onError });
    break;
  case "taken-back":
    await fakeBot();
    stopOnSignals(stuck)[Symbol.dispose]();
    break;
}
print("running");
