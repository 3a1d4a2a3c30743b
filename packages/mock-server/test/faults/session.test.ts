import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type FaultOptions, MockServer, type Phone } from "@motte/mock-server";
import { BareClient, type BareClientOptions } from "../support/bare-client.ts";
import { type MemoryAuth, pairedClient, settled } from "../support/client.ts";
import { ending } from "../support/ending.ts";
import { tag } from "../support/stanza-client.ts";

/** A bare client never asks for what waits for it, so it does not come further than this. */
const NOW = { during: "login" } as const;

let server: MockServer;
let phone: Phone;
let auth: MemoryAuth;
let client: BareClient;

const logIn = async (options: BareClientOptions = {}): Promise<BareClient> => {
  const next = await BareClient.open(server, { creds: auth.creds, ...options });
  await next.receive("success");
  return next;
};

beforeAll(async () => {
  server = await MockServer.start({ seed: "session faults" });
  phone = server.phone({ name: "Ada" });
  await using linked = await pairedClient(server, phone);
  ({ auth } = linked);
  await linked.synced();
  await settled(server, phone);
});
afterAll(() => server.close());

beforeEach(async () => {
  client = await logIn();
  // Behind the answer comes nothing by itself.
  await answered(client, "login");
});
afterEach(async () => {
  server.faults.clear();
  server.clock.resume();
  await client[Symbol.asyncDispose]();
});

function ping(on: BareClient, id: string): void {
  on.send(tag("iq", { id, to: "s.whatsapp.net", type: "get", xmlns: "w:p" }, [tag("ping")]));
}

async function answered(on: BareClient, id: string): Promise<void> {
  ping(on, id);
  while ((await on.receive("iq")).attrs["id"] !== id);
}

/** What the server says first. */
async function firstTag(options: BareClientOptions): Promise<string> {
  await using each = await BareClient.open(server, options);
  return (await each.receive("failure", "success", "iq")).tag;
}

const heard = (id: string): boolean =>
  server.journal.find(({ direction, attrs }) => direction === "in" && attrs["id"] === id) !==
  undefined;

describe("a connection", () => {
  test.each([1000, 1001, 1011, 1013, 3000, 4000])("is closed with %i", async (code) => {
    server.fault("close", { ...NOW, code });

    expect(await client.closed()).toBe(code);
  });

  test.each([999, 1004, 1005, 1006, 1015, 2999, 5000])(
    "cannot be closed with %i, which nobody may send",
    async (code) => {
      expect(() => server.fault("close", { ...NOW, code })).toThrow(/^code must be/);
      expect(server.faults.rules).toEqual([]);
    },
  );

  test("ends without a close frame", async () => {
    server.fault("cut", NOW);

    expect(await client.closed()).toBe(1006);
  });

  test("ends with RST", async () => {
    const ended = ending(client.stream);
    server.fault("reset", NOW);

    expect(await ended).toBe("ECONNRESET");
  });

  test("ends with RST below TLS", async () => {
    await using secure = await logIn({ ca: server.caCertificate });
    const ended = ending(secure.stream);
    server.fault("reset", NOW);

    expect(await ended).toBe("ECONNRESET");
  });

  test("that is gone when its time comes is left alone", async () => {
    server.clock.freeze();
    const rule = server.fault("black-hole", { ...NOW, afterMs: 1000 });
    client.socket.close();
    await client.closed();
    await expect.poll(() => server.connections).toEqual([]);
    server.clock.advance(1000);

    await using next = await logIn();
    await answered(next, "not swallowed");

    expect(rule).toMatchObject({ fired: 1, active: false });
  });
});

describe("the last words", () => {
  test.each<[FaultOptions<"stream-error">, unknown]>([
    [{}, { tag: "stream:error", attrs: {} }],
    [{ code: "later" }, { tag: "stream:error", attrs: { code: "later" } }],
    [
      { code: 401, reason: "conflict", reasonAttrs: { type: "device_removed" } },
      {
        tag: "stream:error",
        attrs: { code: "401" },
        content: [{ tag: "conflict", attrs: { type: "device_removed" } }],
      },
    ],
  ])("are what is set: %o", async (settings, said) => {
    server.fault("stream-error", { ...NOW, ...settings });

    expect(await client.receive("stream:error")).toEqual(said);
    expect(await client.closed()).not.toBe(1006);
  });

  test.each([
    ["replaced", "stream:error"],
    ["restart-required", "stream:error"],
    ["stream-end", "xmlstreamend"],
  ] as const)("of %s are <%s>", async (fault, last) => {
    server.fault(fault, NOW);
    await client.receive(last);

    await client.closed();
    expect(client.received.at(-1)?.tag).toBe(last);
  });

  test("are not the last ones when the account is downgraded", async () => {
    server.fault("downgraded", NOW);

    await answered(client, "still there");

    expect(client.received).toContainEqual(
      expect.objectContaining({ content: [{ tag: "downgrade_webclient", attrs: {} }] }),
    );
  });
});

describe("a verdict", () => {
  test("has the reason and the attributes that are set, and spares the next one", async () => {
    const attrs = { code: "101", expire: "3600" };
    server.fault("failure", { reason: 402, attrs });
    await using refused = await BareClient.open(server, { creds: auth.creds });

    expect(await refused.receive("success", "failure")).toEqual({
      tag: "failure",
      attrs: { reason: "402", ...attrs },
    });
    await using next = await BareClient.open(server, { creds: auth.creds });
    expect((await next.receive("success", "failure")).tag).toBe("success");
  });

  test("may have no reason", async () => {
    server.fault("failure");
    await using refused = await BareClient.open(server, { creds: auth.creds });

    expect(await refused.receive("failure")).toEqual({ tag: "failure", attrs: {} });
  });

  test("is about clients of one phone", async () => {
    const other = server.fault("failure", { reason: 403, phone: server.phone({ name: "Other" }) });
    await using spared = await logIn();
    const rule = server.fault("failure", { reason: 403, phone });
    await using refused = await BareClient.open(server, { creds: auth.creds });

    expect((await refused.receive("success", "failure")).tag).toBe("failure");
    expect([other.fired, rule.fired]).toEqual([0, 1]);
    expect(spared.received.map((each) => each.tag)).toContain("success");
  });

  test("is about those who log in, those who want to be linked, or both", async () => {
    const seen = [];
    for (const of of ["login", "pairing", "both"] as const) {
      const rule = server.fault("failure", { of, times: "always" });
      seen.push([await firstTag({ creds: auth.creds }), await firstTag({})]);
      rule.remove();
    }

    expect(seen).toEqual([
      ["failure", "iq"],
      ["success", "failure"],
      ["failure", "failure"],
    ]);
  });
});

describe("a network that swallows frames", () => {
  test("one way lets the client be heard that is not answered", async () => {
    server.fault("black-hole", NOW);
    const before = client.messages.length;
    ping(client, "heard, not answered");

    await expect.poll(() => heard("heard, not answered")).toBe(true);
    await using other = await BareClient.open(server);
    await other.receive("iq");
    expect(client.messages).toHaveLength(before);
  });

  test("the other way lets the client hear that is not heard", async () => {
    const rule = server.fault("black-hole", { ...NOW, direction: "in" });
    ping(client, "swallowed");
    server.fault("stream-error", { ...NOW, code: 503 });

    expect(await client.receive("stream:error", "iq")).toMatchObject({ attrs: { code: "503" } });
    expect(heard("swallowed")).toBe(false);
    expect(rule.fired).toBe(1);
  });

  test("and a server that has forgotten the connection keeps the device's mail", async () => {
    const [{ id } = { id: "" }] = server.connections;
    server.fault("half-open", NOW);
    const before = client.messages.length;
    await server.contact({ name: "Grace" }).say(phone, "wait for me");
    ping(client, "too late");

    expect(server.connections.map((each) => each.id)).not.toContain(id);
    expect(phone.companions).toMatchObject([{ queued: 1 }]);
    await using next = await logIn();
    expect(phone.companions).toMatchObject([{ queued: 1 }]);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    expect(client.messages).toHaveLength(before);
    expect(heard("too late")).toBe(false);
    expect(next.socket.readyState).toBe(WebSocket.OPEN);
  });
});

test("a keep-alive is not answered, and anything else is", async () => {
  server.fault("ping-silence");
  ping(client, "silence");

  await answered(client, "next");

  expect(client.received.map(({ attrs }) => attrs["id"])).not.toContain("silence");
});

describe("a restart", () => {
  test("ends every connection, and keeps what the server knew", async () => {
    server.fault("server-restart");

    expect(await client.closed()).toBe(1006);
    await using again = await logIn();
    await answered(again, "again");
  });

  test("brings back what the server knew before", async () => {
    const snapshot = await server.snapshot();
    const queued = (): number | undefined => phone.companions[0]?.queued;
    const before = queued() ?? 0;
    await server.contact({ name: "Grace" }).say(phone, "to be forgotten");
    expect(queued()).toBe(before + 1);
    server.fault("server-restart", { snapshot });

    expect(await client.closed()).toBe(1006);
    await expect.poll(queued).toBe(before);
  });

  test("takes its time, and the server may be closed meanwhile", async () => {
    const short = await MockServer.start();
    short.clock.freeze();
    short.fault("server-restart", { downMs: 1000 });
    const refused = async (): Promise<unknown> => {
      const socket = new WebSocket(short.url);
      const outcome = await Promise.race([
        once(socket, "open").then(() => "open"),
        once(socket, "error").then(([error]) => error.code),
      ]).catch((error: unknown) =>
        error instanceof Error && "code" in error ? error.code : error,
      );
      socket.terminate();
      return outcome;
    };

    expect(await refused()).toBe("ECONNREFUSED");
    short.clock.advance(1000);
    await expect.poll(refused).toBe("open");
    short.fault("server-restart", { downMs: 1000 });
    await short.close();
    expect(await refused()).toBe("ECONNREFUSED");
  });
});
