import { once } from "node:events";
import { connect } from "node:net";
import { deflateSync } from "node:zlib";
import { type BinaryNode, encodeBinaryNode } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { WebSocket } from "ws";
import { BareClient, frame } from "./support/bare-client.ts";
import { type Client, memoryAuth, pairedClient, settled } from "./support/client.ts";

const PROTOCOL_ERROR = 1002;
const TOO_LARGE = 1009;
const prologue = Buffer.from("WA\u0006\u0003");
const ping: BinaryNode = {
  tag: "iq",
  attrs: { id: "1", xmlns: "w:p", type: "get", to: "s.whatsapp.net" },
};
const plainPing = encodeBinaryNode(ping);

let server: MockServer;
let innocent: Client;
beforeAll(async () => {
  const limits = { maxFrameBytes: 100_000, maxNodes: 5_000, maxNodeDepth: 20 };
  server = await MockServer.start({ limits });
  innocent = await pairedClient(server, server.phone({ name: "Innocent" }));
});
afterAll(async () => {
  await innocent[Symbol.asyncDispose]();
  await server.close();
});

/** The journal's note on the connection that was opened last. */
async function noteOn(connection: string | undefined): Promise<string | undefined> {
  const entry = await server.journal.waitFor(
    (each) => each.connection === connection && each.tag === "(unreadable)",
  );
  return entry.note;
}

/** The client that has done nothing wrong can still write to somebody and hear from them. */
async function innocentTalks(): Promise<void> {
  const ana = server.contact({ name: "Ana" });
  const text = `still here ${ana.messages.length}`;
  await innocent.sock.sendMessage(ana.pn, { text });
  await ana.receive({ where: (message) => message.text === text });
}

function nested(depth: number): BinaryNode {
  let node: BinaryNode = { tag: "iq", attrs: { id: "1" } };
  for (let level = 1; level < depth; level++) node = { tag: "iq", attrs: {}, content: [node] };
  return node;
}

const wide: BinaryNode = {
  tag: "iq",
  attrs: { id: "1" },
  content: Array.from({ length: 5_000 }, () => ({ tag: "item", attrs: {} })),
};

describe("before the handshake", () => {
  test.each<[string, readonly Uint8Array[], number, string]>([
    ["another protocol", [Buffer.from("GET / HTTP/1.1\r\n")], PROTOCOL_ERROR, "WIRE_BAD_FRAME"],
    [
      "a hello that is none",
      [prologue, frame(Buffer.from("no"))],
      PROTOCOL_ERROR,
      "WIRE_NOISE_FAILED",
    ],
    ["an empty hello", [prologue, frame(Buffer.alloc(0))], PROTOCOL_ERROR, "WIRE_NOISE_FAILED"],
    [
      "a truncated hello",
      [prologue, frame(Buffer.from("1222", "hex"))],
      PROTOCOL_ERROR,
      "WIRE_NOISE_FAILED",
    ],
    [
      "a frame over the limit",
      [prologue, Buffer.from([0x10, 0, 0])],
      TOO_LARGE,
      "WIRE_FRAME_TOO_LARGE",
    ],
    ["a message over the limit", [Buffer.alloc(200_000)], TOO_LARGE, "WIRE_FRAME_TOO_LARGE"],
    [
      "two routing prefixes",
      [Buffer.from("ED\0\u0001\0\0\u0001x"), Buffer.from("ED\0\u0001\0\0\u0001x")],
      PROTOCOL_ERROR,
      "WIRE_BAD_FRAME",
    ],
    [
      "a routing prefix over the limit",
      [Buffer.from("ED\0\u0001\u0001\0\0")],
      TOO_LARGE,
      "WIRE_FRAME_TOO_LARGE",
    ],
  ])("%s ends the connection", async (_, chunks, code, note) => {
    await using client = await BareClient.connect(server.url);
    const { id } = server.connections.at(-1) ?? {};
    for (const chunk of chunks) client.sendRaw(chunk);

    expect(await client.closed()).toBe(code);
    expect(await noteOn(id)).toBe(note);
  });

  test("text instead of bytes ends the connection", async () => {
    await using client = await BareClient.connect(server.url);
    const { id } = server.connections.at(-1) ?? {};
    // As bytes this would be the right start.
    client.socket.send(prologue.toString("latin1"));

    expect(await client.closed()).toBe(PROTOCOL_ERROR);
    expect(await noteOn(id)).toBe("WIRE_BAD_FRAME");
  });

  test("a frame of WebSocket's own that makes no sense ends the connection", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(
      "GET /ws/chat HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    await once(socket, "data");
    const { id } = server.connections.at(-1) ?? {};
    socket.write(Buffer.alloc(20, 0xff));
    await once(socket, "close");

    expect(await noteOn(id)).toBe("WIRE_BAD_FRAME");
  });

  test("a client that does not finish in time is let go", async () => {
    const clock = new ManualClock(1_700_000_000_000);
    await using patient = await MockServer.start({ clock, limits: { handshakeMs: 5_000 } });
    await using silent = await BareClient.connect(patient.url);
    await using halfway = await BareClient.connect(patient.url);
    await using done = await BareClient.open(patient);
    await done.receive("iq");
    halfway.sendRaw(Buffer.concat([prologue, frame(halfway.noise.hello())]));
    const codes = Promise.all([silent.closed(), halfway.closed()]);
    await clock.advance(5_000);

    expect(await codes).toEqual([PROTOCOL_ERROR, PROTOCOL_ERROR]);
    expect(done.socket.readyState).toBe(WebSocket.OPEN);
    expect(patient.journal.filter(({ note }) => note === "WIRE_HANDSHAKE_TIMEOUT")).toHaveLength(2);
  });
});

async function openClient(): Promise<{ client: BareClient; id: string | undefined }> {
  const client = await BareClient.open(server);
  const { id } = server.connections.at(-1) ?? {};
  await client.receive("iq");
  return { client, id };
}

describe("after the handshake", () => {
  test.each<[string, (client: BareClient) => readonly Uint8Array[], number, string]>([
    [
      "bytes nobody sealed",
      () => [frame(Buffer.alloc(40, 7))],
      PROTOCOL_ERROR,
      "WIRE_NOISE_FAILED",
    ],
    [
      "a frame too short to be sealed",
      () => [frame(Buffer.alloc(3))],
      PROTOCOL_ERROR,
      "WIRE_NOISE_FAILED",
    ],
    [
      "a replayed frame",
      (client) => {
        const one = client.sealed(plainPing);
        return [one, one];
      },
      PROTOCOL_ERROR,
      "WIRE_NOISE_FAILED",
    ],
    [
      "frames out of order",
      (client) => [client.sealed(plainPing), client.sealed(plainPing)].toReversed(),
      PROTOCOL_ERROR,
      "WIRE_NOISE_FAILED",
    ],
    [
      "a sealed nothing",
      (client) => [client.sealed(Buffer.alloc(0))],
      PROTOCOL_ERROR,
      "WIRE_BAD_NODE",
    ],
    [
      "half a stanza",
      (client) => [client.sealed(plainPing.subarray(0, 5))],
      PROTOCOL_ERROR,
      "WIRE_BAD_NODE",
    ],
    [
      "a stanza too deep",
      (client) => [client.sealed(encodeBinaryNode(nested(21)))],
      PROTOCOL_ERROR,
      "WIRE_BAD_NODE",
    ],
    [
      "a stanza too wide",
      (client) => [client.sealed(encodeBinaryNode(wide))],
      PROTOCOL_ERROR,
      "WIRE_BAD_NODE",
    ],
    [
      "a stanza that inflates to far more",
      (client) => [
        client.sealed(Buffer.concat([Buffer.from([2]), deflateSync(Buffer.alloc(1_000_000))])),
      ],
      PROTOCOL_ERROR,
      "WIRE_BAD_NODE",
    ],
    [
      "a frame over the limit",
      () => [Buffer.from([0x10, 0, 0])],
      TOO_LARGE,
      "WIRE_FRAME_TOO_LARGE",
    ],
  ])("%s ends the connection", async (_, chunks, code, note) => {
    const { client, id } = await openClient();
    for (const chunk of chunks(client)) client.sendRaw(chunk);

    expect(await client.closed()).toBe(code);
    expect(await noteOn(id)).toBe(note);
  });

  test("a stanza of just the allowed depth and size is read", async () => {
    const { client, id } = await openClient();
    client.send(nested(20));
    client.send({ ...wide, content: Array.isArray(wide.content) ? wide.content.slice(1) : [] });
    const read = await server.journal.waitFor(
      (each) => each.connection === id && each.children.length === 4_999,
    );

    expect(read).toMatchObject({ direction: "in" });
    await client[Symbol.asyncDispose]();
  });

  test("a client that asks and never reads loses its connection before the memory is full", async () => {
    await using small = await MockServer.start({ limits: { maxUnsentBytes: 1_000_000 } });
    const phone = small.phone();
    const auth = memoryAuth();
    {
      await using client = await pairedClient(small, phone);
      Object.assign(auth.creds, client.auth.creds);
      await client.synced();
      await settled(small, phone);
    }
    await using greedy = await BareClient.open(small, { creds: auth.creds });
    await greedy.receive("success");
    const { id } = small.connections.at(-1) ?? {};
    greedy.socket.pause();
    const ana = small.contact();
    const text = "x".repeat(200_000);
    const full = small.journal.waitFor(({ note }) => note === "WIRE_TOO_MUCH_UNSENT");
    greedy.send({
      tag: "iq",
      attrs: { id: "2", to: "s.whatsapp.net", xmlns: "passive", type: "set" },
      content: [{ tag: "active", attrs: {} }],
    });
    await small.journal.waitFor(
      (each) => each.connection === id && each.children.includes("offline"),
    );
    for (let sent = 0; sent < 100 && small.connections.length > 0; sent++) {
      await ana.say(phone, text);
    }

    expect(await full).toMatchObject({ connection: id });
    expect(small.connections).toEqual([]);
    expect(phone.companions).toMatchObject([{ connected: false }]);
  });

  test("nobody else notices", async () => {
    await innocentTalks();

    expect(innocent.sock.user).toBeDefined();
  });
});

describe("10 000 random messages", () => {
  test("never end the server, nor the connection of anybody else", async () => {
    const random = seededRandom("bad peers");
    const starts = [
      Buffer.alloc(0),
      prologue,
      Buffer.concat([prologue, frame(Buffer.from("12220a20", "hex"))]),
    ];
    const junk = (): Buffer => random.bytes(1 + Math.floor(random.next() * 60));
    for (let round = 0; round < 20; round++) {
      const ended = Array.from({ length: 20 }, async (_, index) => {
        const socket = new WebSocket(server.url);
        await once(socket, "open");
        const start = starts[index % starts.length] ?? Buffer.alloc(0);
        if (start.length > 0) socket.send(start);
        for (let count = 0; count < 25; count++) socket.send(junk());
        socket.close();
        await once(socket, "close");
      });
      await Promise.all(ended);
    }
    await innocentTalks();

    expect(server.journal.filter(({ note }) => note === "SERVER_ERROR")).toEqual([]);
    await expect.poll(() => server.connections).toHaveLength(1);
  });
});
