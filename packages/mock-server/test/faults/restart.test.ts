import { EventEmitter, once } from "node:events";
import { hasCode } from "@motte/core/errors";
import { silentLogger } from "@motte/core/logger";
import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { BareClient } from "../support/bare-client.ts";

test("a server that cannot restart with a snapshot comes back as it was", async () => {
  await using other = await MockServer.start({ seed: "other" });
  const snapshot = await other.snapshot();
  const log = new EventEmitter();
  const logger = { ...silentLogger, error: () => void log.emit("failed") };
  await using server = await MockServer.start({ logger });

  server.fault("server-restart", { snapshot, downMs: 1 });
  await once(log, "failed");

  await using bare = await BareClient.open(server);
  expect(await bare.receive("iq")).toMatchObject({ tag: "iq" });
});

test("two restarts at once leave the port open after the longer one", async () => {
  await using server = await MockServer.start();
  server.clock.freeze();
  server.fault("server-restart", { downMs: 10 });
  server.fault("server-restart", { downMs: 20 });

  server.clock.advance(10);
  await expect(BareClient.connect(server.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  server.clock.advance(10);
  await using bare = await openSoon(server);
  expect(await bare.receive("iq")).toMatchObject({ tag: "iq" });
});

test("a server that is down can be closed", async () => {
  const server = await MockServer.start();
  server.fault("connection-refused", { forMs: 60_000 });
  server.fault("server-restart", { downMs: 60_000 });
  await server.close();
  await expect(BareClient.connect(server.url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

/** The port opens a few turns after it is time. */
async function openSoon(server: MockServer): Promise<BareClient> {
  for (let round = 0; round < 100; round++) {
    try {
      return await BareClient.open(server);
    } catch (error) {
      if (!hasCode(error, "ECONNREFUSED")) throw error;
    }
  }
  throw new Error("The port stays shut");
}
