import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { BareClient } from "../support/bare-client.ts";
import { type MemoryAuth, pairedClient, settled } from "../support/client.ts";
import { tag } from "../support/stanza-client.ts";

let server: MockServer;
let auth: MemoryAuth;
let client: BareClient;

beforeAll(async () => {
  server = await MockServer.start({ seed: "frame faults" });
  const phone = server.phone();
  await using linked = await pairedClient(server, phone);
  ({ auth } = linked);
  await linked.synced();
  await settled(server, phone);
});
afterAll(() => server.close());

beforeEach(async () => {
  client = await BareClient.open(server, { creds: auth.creds });
  await client.receive("success");
  // Behind it comes nothing by itself.
  await answered("login");
  client.messages.length = 0;
});
afterEach(async () => {
  server.faults.clear();
  server.clock.resume();
  await client[Symbol.asyncDispose]();
});

function ping(id: string): void {
  client.send(tag("iq", { id, to: "s.whatsapp.net", type: "get", xmlns: "w:p" }, [tag("ping")]));
}

/** Asks, and resolves when the answer to it has come. */
async function answered(id: string): Promise<void> {
  ping(id);
  while ((await client.receive("iq")).attrs["id"] !== id);
}

const sentByServer = (): number =>
  server.journal.filter(({ direction }) => direction === "out").length;

/** How the server ended the connection, and what it had against it. */
async function refusal(): Promise<unknown> {
  const code = await client.closed();
  return { code, note: server.journal.entries.at(-1)?.note };
}

const MAKES_NO_SENSE = { code: 1002, note: "WIRE_NOISE_FAILED" };

describe("a frame to the client", () => {
  test("comes in pieces of the size that is set, its length too", async () => {
    server.fault("split-frame", { bytes: 2 });

    await answered("split");

    const sizes = client.messages.map(({ length }) => length);
    expect(sizes.length).toBeGreaterThan(10);
    expect(sizes.slice(0, -1).every((each) => each === 2)).toBe(true);
    client.messages.length = 0;
    await answered("whole");
    expect(client.messages).toHaveLength(1);
  });

  test.each([1, "always"] as const)(
    "comes in one message with those of the time that is set (times: %s)",
    async (times) => {
      server.clock.freeze();
      const rule = server.fault("coalesce-frames", { ms: 100, times });
      const before = sentByServer();
      for (const id of ["1", "2", "3"]) ping(id);
      await expect.poll(sentByServer).toBe(before + 3);
      expect(client.messages).toEqual([]);
      server.clock.advance(100);

      const ids = [];
      for (let i = 0; i < 3; i++) ids.push((await client.receive("iq")).attrs["id"]);

      expect(ids).toEqual(["1", "2", "3"]);
      expect(client.messages).toHaveLength(1);
      rule.remove();
    },
  );

  test("is compressed", async () => {
    server.fault("compressed-stanza");
    ping("small");
    const payload = await client.nextFrame();

    expect(client.opened(payload).readUInt8(0)).toBe(2);
    ping("plain");
    expect(client.opened(await client.nextFrame()).readUInt8(0)).toBe(0);
  });

  test("that is compressed says the same", async () => {
    server.fault("compressed-stanza");

    await answered("small");

    expect(client.received.at(-1)).toMatchObject({ tag: "iq", attrs: { type: "result" } });
  });

  test("is lost: the next one does not decrypt, and would have as the one after it", async () => {
    server.fault("drop-frame");
    ping("lost");
    ping("next");
    const payload = await client.nextFrame();

    expect(() => client.opened(payload)).toThrow("unable to authenticate");
    expect(client.opened(payload)).toBeInstanceOf(Buffer);
  });

  test("comes twice", async () => {
    server.fault("duplicate-frame");
    ping("twice");
    const [first, second] = [await client.nextFrame(), await client.nextFrame()];

    expect(second).toEqual(first);
  });

  test("comes behind the next one", async () => {
    server.fault("reorder-frames");
    for (const id of ["1", "2", "3"]) ping(id);
    const [second, first, third] = [
      await client.nextFrame(),
      await client.nextFrame(),
      await client.nextFrame(),
    ];

    for (const each of [first, second, third]) expect(() => client.opened(each)).not.toThrow();
  });

  test("changes places with the next one, pair by pair, as long as the fault is there", async () => {
    server.fault("reorder-frames", { times: "always" });
    for (const id of ["1", "2", "3", "4"]) ping(id);
    const frames = [];
    for (let i = 0; i < 4; i++) frames.push(await client.nextFrame());
    const [second, first, fourth, third] = frames;

    for (const each of [first, second, third, fourth]) {
      expect(() => client.opened(each ?? Buffer.alloc(0))).not.toThrow();
    }
  });

  test("was changed: it does not decrypt, and the next one does", async () => {
    server.fault("flip-bit");
    ping("changed");
    const payload = await client.nextFrame();

    expect(() => client.opened(payload)).toThrow("unable to authenticate");
    await answered("next");
  });

  test("says that it has 16 MiB", async () => {
    server.fault("oversized-frame");
    ping("large");
    await expect.poll(() => client.messages.length).toBe(1);

    expect(client.messages[0]?.readUIntBE(0, 3)).toBe(0xff_ff_ff);
    expect(client.messages[0]?.length).toBeLessThan(200);
  });

  test("comes when the server's clock says so", async () => {
    server.clock.freeze();
    server.fault("delay-frame", { ms: 1000 });
    const before = sentByServer();
    ping("late");
    ping("behind it");
    await expect.poll(sentByServer).toBe(before + 2);
    server.clock.advance(999);
    await expect.poll(sentByServer).toBe(before + 2);
    expect(client.messages).toEqual([]);

    server.clock.advance(1);

    expect((await client.receive("iq")).attrs["id"]).toBe("late");
    expect((await client.receive("iq")).attrs["id"]).toBe("behind it");
  });

  test.each([{}, { times: "always" }, { times: "always", probability: 0.5 }] as const)(
    "comes late, and all behind it in order (%o)",
    async (options) => {
      server.clock.freeze();
      const rule = server.fault("delay-frame", { ms: 1000, ...options });
      const ids = ["1", "2", "3", "4", "5", "6"];
      const before = sentByServer();
      let sent = 0;
      for (const id of ids) {
        ping(id);
        await expect.poll(sentByServer).toBe(before + ++sent);
        if (id !== "1") server.clock.advance(100);
      }
      server.clock.advance(1000);
      rule.remove();

      const came = [];
      for (const _ of ids) came.push((await client.receive("iq")).attrs["id"]);

      expect(came).toEqual(ids);
      await answered("after it");
    },
  );
});

describe("a frame from the client", () => {
  test.each(["split-frame", "coalesce-frames", "delay-frame"] as const)(
    "is heard all the same: %s",
    async (fault) => {
      server.fault(fault, { direction: "in", times: 3 });
      for (const id of ["1", "2"]) ping(id);

      await answered("3");

      expect(client.received.slice(-3).map(({ attrs }) => attrs["id"])).toEqual(["1", "2", "3"]);
    },
  );

  test.each(["drop-frame", "duplicate-frame", "reorder-frames", "flip-bit"] as const)(
    "makes no sense: %s",
    async (fault) => {
      server.fault(fault, { direction: "in" });
      ping("1");
      ping("2");

      expect(await refusal()).toEqual(MAKES_NO_SENSE);
    },
  );

  test("is too large", async () => {
    server.fault("oversized-frame", { direction: "in" });
    ping("1");

    expect(await refusal()).toEqual({ code: 1009, note: "WIRE_FRAME_TOO_LARGE" });
  });

  test("is not the one to another client", async () => {
    const rule = server.fault("drop-frame", { connection: "c0" });

    await answered("1");

    expect(rule.fired).toBe(0);
  });
});
