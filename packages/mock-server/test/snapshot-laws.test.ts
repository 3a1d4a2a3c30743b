import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MockServer, type WorldSnapshot } from "@motte/mock-server";
import { pairedClient, settled } from "./support/client.ts";
import { anyAct, perform } from "./support/world-acts.ts";

const START = Date.UTC(2026, 0, 1);
const acts = fc.array(anyAct, { maxLength: 12 });

/** A world at rest in which a client was linked that is away, so that stanzas wait for it. */
async function worldWithClient(server: MockServer): Promise<WorldSnapshot> {
  server.clock.freeze();
  server.clock.set(START);
  const phone = server.phone({ name: "bot" });
  const client = await pairedClient(server, phone);
  await client.synced();
  await server.contact({ name: "Ana" }).say(phone, "hello");
  await client.message("hello");
  await settled(server, phone);
  await client[Symbol.asyncDispose]();
  while (server.connections.length > 0) await new Promise((resolve) => setImmediate(resolve));
  return server.snapshot();
}

test("any world is the same when it was put back, here or in another server", async () => {
  await using server = await MockServer.start({ seed: "laws" });
  const base = await worldWithClient(server);
  await fc.assert(
    fc.asyncProperty(acts, acts, async (before, after) => {
      await server.restore(base);
      for (const act of before) await perform(act, server);
      const snapshot = await server.snapshot();
      expect(await server.snapshot()).toEqual(snapshot);

      const text = JSON.stringify(snapshot);
      await using other = await MockServer.start({ restore: JSON.parse(text) as WorldSnapshot });
      expect(await other.snapshot()).toEqual(snapshot);
      for (const act of after) await perform(act, server);
      await server.restore(JSON.parse(text) as WorldSnapshot);
      expect(await server.snapshot()).toEqual(snapshot);
    }),
    { numRuns: 12 },
  );
});
