import { describe, expect, it } from "vitest";
import {
  failure,
  letIn,
  receive,
  socketsOn,
  streamError,
  superviseQuickly,
  unpaired,
  untilOpen,
  untilSocket,
} from "./support/bot.ts";
import { next, record } from "./support/next.ts";
import { silentServer } from "./support/silent-server.ts";

describe("stop", () => {
  it.each([
    "before start",
    "while connecting",
    "while open",
    "while waiting",
    "while held",
  ] as const)("%s leaves no socket and no listener", async (when) => {
    await using server = await silentServer();
    const auth = unpaired();
    const supervisor = superviseQuickly(socketsOn(server.url, auth), {
      policy: { backoff: () => 60_000 },
    });
    if (when !== "before start") await supervisor.start();
    const sock = when === "before start" ? undefined : await untilSocket(supervisor);
    if (when === "while open") await untilOpen(supervisor);
    if (sock !== undefined && (when === "while waiting" || when === "while held")) {
      await untilOpen(supervisor);
      const closed = next(supervisor.onClose);
      receive(sock, when === "while held" ? failure({ reason: "403" }) : streamError("503"));
      await closed;
    }
    const gaveUp = record(supervisor.onGiveUp);
    const listeners = sock?.ws.listenerCount("upgrade") ?? 1;
    await supervisor.stop();

    expect(supervisor.sock).toBeUndefined();
    expect(gaveUp).toEqual([]);
    expect(supervisor.state.phase).toBe("stopped");
    expect(sock?.ws.listenerCount("upgrade") ?? 0).toBe(0);
    expect(listeners).toBeLessThanOrEqual(1);
    await expect.poll(() => server.connections.size).toBe(0);
    await expect(supervisor.whenOpen()).rejects.toMatchObject({ code: "RECONNECT_STOPPED" });
  });

  it("is what an aborted signal does", async () => {
    await using server = await silentServer();
    const controller = new AbortController();
    await using supervisor = superviseQuickly(socketsOn(server.url), { signal: controller.signal });
    await supervisor.start();
    await untilOpen(supervisor);
    const stopped = next(supervisor.onStateChange, ({ to }) => to === "stopped");
    controller.abort();

    await stopped;
    await supervisor.stop();
    await expect.poll(() => server.connections.size).toBe(0);
  });
});

describe("execute", () => {
  it("rejects as soon as the socket is lost, though Baileys leaves the query pending", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    await supervisor.start();
    const sock = await untilOpen(supervisor);
    const asked = supervisor.execute(() => new Promise<never>(() => {}));
    receive(sock, streamError("503"));

    await expect(asked).rejects.toMatchObject({
      code: "RECONNECT_DISCONNECTED",
      retryable: true,
      disconnect: { cause: "service-unavailable" },
    });
  });

  it("waits for the connection and hands back what the work returns", async () => {
    await using server = await silentServer();
    await using supervisor = superviseQuickly(socketsOn(server.url));
    const asked = supervisor.execute(({ sock, generation }) => [sock.user?.id, generation]);
    await supervisor.start();
    const sock = await untilSocket(supervisor);
    await sock.waitForSocketOpen();
    letIn(sock);

    expect(await asked).toEqual([undefined, 1]);
  });
});
