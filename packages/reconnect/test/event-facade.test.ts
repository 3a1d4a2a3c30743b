import { describe, expect, it } from "vitest";
import {
  receive,
  socketsOn,
  streamError,
  superviseQuickly,
  unpaired,
  untilOpen,
} from "./support/bot.ts";
import { next, record } from "./support/next.ts";
import { silentServer } from "./support/silent-server.ts";

const message = { key: { id: "A1", remoteJid: "x@s.whatsapp.net", fromMe: false } };

const wrong = (): never => {
  throw new Error("wrong");
};

describe("ev", () => {
  it("calls a listener once per event, over many sockets, and shows drops as connecting", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    const shown: string[] = [];
    let [listened, processed] = [0, 0];
    supervisor.ev.on("messages.upsert", () => listened++);
    supervisor.ev.process((events) => {
      if (events["messages.upsert"] !== undefined) processed++;
    });
    supervisor.ev.on("connection.update", ({ connection }) => shown.push(`${connection}`));
    await supervisor.start();
    for (let i = 1; i <= 4; i++) {
      const sock = await untilOpen(supervisor);
      sock.ev.emit("messages.upsert", { messages: [message], type: "notify" });
      expect([listened, processed]).toEqual([i, i]);
      const closed = next(supervisor.onClose);
      receive(sock, streamError("503"));
      await closed;
    }
    await supervisor.stop();

    expect(new Set(shown)).toEqual(new Set(["connecting", "open", "close"]));
    expect(shown.filter((connection) => connection === "close")).toHaveLength(1);
    expect(shown.at(-1)).toBe("close");
  });

  it("hears the first connecting of every socket, also from an async factory", async () => {
    await using server = await silentServer();
    const sockets = socketsOn(server.url);
    await using supervisor = superviseQuickly(async () => sockets());
    const shown: unknown[] = [];
    supervisor.ev.on("connection.update", ({ connection }) => shown.push(connection));
    // Where timers and sockets call from, nextTick comes before promises.
    setImmediate(() => void supervisor.start());
    await expect.poll(() => server.upgrades).toBe(1);

    expect(shown).toEqual(["connecting"]);
  });

  it("sends what users emit through the socket, so that Baileys hears it", async () => {
    await using server = await silentServer();
    const auth = unpaired();
    await using supervisor = superviseQuickly(socketsOn(server.url, auth));
    await supervisor.start();
    await untilOpen(supervisor);
    supervisor.ev.emit("creds.update", { nextPreKeyId: 77 });

    expect(auth.creds.nextPreKeyId).toBe(77);
  });

  it("reports a listener that rejects later", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    const errors = record(supervisor.onInternalError);
    supervisor.ev.process(async () => {
      await Promise.resolve();
      wrong();
    });
    await supervisor.start();

    await expect.poll(() => errors[0]?.where).toBe("A listener of ev");
  });

  it("goes on when listeners throw, and reports them", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    const errors = record(supervisor.onInternalError);
    supervisor.ev.on("connection.update", wrong);
    supervisor.ev.process(wrong);
    for (const event of [
      supervisor.onOpen,
      supervisor.onClose,
      supervisor.onRetry,
      supervisor.onStateChange,
    ]) {
      event(wrong);
    }
    await supervisor.start();
    const sock = await untilOpen(supervisor);
    receive(sock, streamError("503"));
    await untilOpen(supervisor);

    const where = new Set(errors.map((error) => error.where));
    expect(where).toEqual(
      new Set([
        "A listener of ev",
        "A listener of onOpen",
        "A listener of onClose",
        "A listener of onRetry",
        "A listener of onStateChange",
      ]),
    );
  });
});
