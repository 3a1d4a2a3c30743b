import { readdirSync } from "node:fs";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { describe, expect, test, vi } from "vitest";
import { type LintMode, MockServer, type Phone } from "@motte/mock-server";
import { lints } from "../src/lints/index.ts";
import { outgoingLint } from "../src/lints/outgoing-lint.ts";
import { seconds } from "../src/lints/seconds.ts";
import { Client } from "./support/client.ts";
import { quietClient } from "./support/stanza-client.ts";

type Attrs = Record<string, string>;

function node(tag: string, attrs: Attrs = {}, content?: BinaryNode[] | Buffer): BinaryNode {
  return { tag, attrs, ...(content && { content }) };
}

const iq = (content: BinaryNode[], attrs: Attrs = {}): BinaryNode =>
  node("iq", { from: "@s.whatsapp.net", id: "1", type: "result", ...attrs }, content);
const message = (enc: BinaryNode): BinaryNode =>
  node("message", { from: "1@lid", id: "1", t: "1700000000", type: "text" }, [enc]);
const news = (content: BinaryNode): BinaryNode =>
  node("notification", { from: "1@g.us", id: "1", t: "1", type: "w:gp2" }, [content]);
const devices = (device: Attrs, signed: Buffer): BinaryNode =>
  iq([
    node("devices", {}, [
      node("device-list", {}, [node("device", { id: "0" }), node("device", device)]),
      node("key-index-list", { ts: "1" }, signed),
    ]),
  ]);
const bytes = Buffer.from("bytes");

/** Each check with a stanza it takes and one it does not, which differ in one thing. */
const CASES: readonly [name: string, good: BinaryNode, bad: BinaryNode][] = [
  [
    "app-state-collections",
    iq([node("sync", {}, [node("collection", { name: "regular" })])]),
    iq([node("collection", { name: "regular" })]),
  ],
  [
    "app-state-collections",
    iq([node("sync", {}, [node("collection", { name: "regular" })])]),
    iq([node("sync", {}, [node("collection")])]),
  ],
  ["blocklist-hash", iq([node("list", { dhash: "0" })]), iq([node("list")])],
  ["created-group", news(node("create", {}, [node("group")])), news(node("create"))],
  [
    "direct-path",
    iq([node("picture", { direct_path: "/v/x.enc?ccb=1" })]),
    iq([node("picture", { direct_path: "/v/x.enc" })]),
  ],
  [
    "encrypted-content",
    message(node("enc", { v: "2", type: "msg" }, bytes)),
    message(node("enc", { v: "1", type: "msg" }, bytes)),
  ],
  [
    "encrypted-content",
    message(node("enc", { v: "2", type: "msg" }, bytes)),
    message(node("enc", { v: "2", type: "msg" })),
  ],
  [
    "encrypted-content",
    message(node("enc", { v: "2", type: "msg" }, bytes)),
    message(node("enc", { v: "2" }, bytes)),
  ],
  [
    "group-id",
    iq([node("group", { id: "1203", subject: "s" })]),
    iq([node("group", { id: "1203@g.us", subject: "s" })]),
  ],
  [
    "iq-error",
    iq([node("error", { code: "404", text: "item-not-found" })], { type: "error" }),
    iq([node("error", { code: "404" })], { type: "error" }),
  ],
  ["jid-tokens", iq([], { from: "@s.whatsapp.net" }), iq([], { from: "s.whatsapp.net" })],
  ["key-index", devices({ id: "1", "key-index": "1" }, bytes), devices({ id: "1" }, bytes)],
  [
    "key-index",
    devices({ id: "1", "key-index": "1" }, bytes),
    devices({ id: "1", "key-index": "1" }, Buffer.alloc(0)),
  ],
  [
    "media-hosts",
    iq([node("media_conn", { auth: "a", ttl: "1" }, [node("host", { hostname: "h" })])]),
    iq([node("media_conn", { auth: "a", ttl: "1" }, [])]),
  ],
  [
    "one-pairing-child",
    iq([node("pair-device")], { type: "set" }),
    iq([node("pair-device"), node("other")], { type: "set" }),
  ],
  ["primary-device", iq([node("user", { jid: "1@lid" })]), iq([node("user", { jid: "1:0@lid" })])],
  [
    "seconds",
    node("success", { t: "1700000000", lid: "1:1@lid" }),
    node("success", { t: "1700000000000", lid: "1:1@lid" }),
  ],
  ...["from", "id", "t", "type"].map((name): [string, BinaryNode, BinaryNode] => {
    const good = message(node("enc", { v: "2", type: "msg" }, bytes));
    const attrs = Object.fromEntries(Object.entries(good.attrs).filter(([each]) => each !== name));
    return ["required-attributes", good, { ...good, attrs }];
  }),
  ["required-attributes", iq([]), node("iq", { from: "@s.whatsapp.net", type: "result" })],
  [
    "required-attributes",
    node("receipt", { from: "1@lid", id: "1", t: "1" }),
    node("receipt", { from: "1@lid", id: "1" }),
  ],
  [
    "required-attributes",
    node("ack", { from: "1@lid", id: "1", class: "message" }),
    node("ack", { from: "1@lid", id: "1" }),
  ],
];

describe("the check of outgoing stanzas", () => {
  const check = outgoingLint("throw");

  test.each(CASES)("%s", (name, good, bad) => {
    expect(check(good)).toEqual({});
    expect(check(bad)).toMatchObject({
      note: `lint: ${name}`,
      error: { code: "MOCK_BAD_STANZA", message: expect.stringContaining(`(${name})`) },
    });
  });

  test("has a case for every lint, and lists every file", () => {
    const names = lints.map(({ name }) => name);
    const files = readdirSync(new URL("../src/lints/", import.meta.url))
      .map((file) => file.replace(".ts", ""))
      .filter((file) => !["index", "lint", "outgoing-lint"].includes(file));

    expect([...new Set(CASES.map(([name]) => name))].toSorted()).toEqual(names.toSorted());
    expect(names.toSorted()).toEqual(files.toSorted());
  });

  test.each<[LintMode, string | undefined, string | undefined]>([
    ["throw", "MOCK_BAD_STANZA", "lint: primary-device"],
    ["report", undefined, "lint: primary-device"],
    ["off", undefined, undefined],
  ])("in mode %s", async (lint, code, note) => {
    await using server = await MockServer.start({ lint });
    await using client = new Client(server);
    await client.qr();
    const bad = node("conflict", { jid: "1:0@lid" });
    const outcome = Promise.resolve().then(() => server.connections[0]?.streamError(503, bad));
    const error = await outcome.then(
      () => undefined,
      (reason: { code: string }) => reason.code,
    );
    const sent = server.journal.find(({ tag }) => tag === "stream:error");

    expect(error).toBe(code);
    expect(sent?.note).toBe(note);
  });

  describe("for what somebody the server plays writes unasked", () => {
    test.each([[true], [false]])(
      "fails the close of a server, strict: %s, once",
      async (strict) => {
        const server = await MockServer.start({ strict });
        await heldBack(server, server.phone());

        const failed = server.close();

        await expect(failed).rejects.toMatchObject({
          code: "MOCK_BAD_STANZA",
          message: expect.stringContaining("no receipts today"),
        });
        await server.close();
      },
    );

    test("is told by assertHandled, after which the server closes in peace", async () => {
      await using server = await MockServer.start();
      await heldBack(server, server.phone());

      expect(() => server.assertHandled()).toThrow(
        expect.objectContaining({ code: "MOCK_BAD_STANZA" }),
      );
      server.assertHandled();
    });

    test("is sent where lints are only reported", async () => {
      await using server = await MockServer.start({ lint: "report" });
      const phone = server.phone();
      await using client = await quietClient(server, phone);
      const ana = server.contact({ name: "Ana" });
      const distrust = distrustReceipts();
      const sent = await client.sock.sendMessage(ana.pn, { text: "hello" });
      const { attrs } = await server.journal.waitFor(({ note }) => note === "lint: seconds");
      distrust.mockRestore();

      expect(attrs["id"]).toBe(sent?.key.id);
    });
  });

  test("is on unless told otherwise, and knows its modes", async () => {
    await expect(MockServer.start({ lint: "loud" as LintMode })).rejects.toMatchObject({
      code: "USAGE_INVALID_OPTION",
    });
    await using server = await MockServer.start();
    await using client = new Client(server);
    await client.qr();

    expect(() =>
      server.connections[0]?.streamError(503, node("conflict", { jid: "1:0@lid" })),
    ).toThrow(expect.objectContaining({ code: "MOCK_BAD_STANZA" }));
  });
});

/** Until it is restored, no receipt is good enough. */
function distrustReceipts(): { mockRestore(): void } {
  return vi
    .spyOn(seconds, "check")
    .mockImplementation(({ tag, attrs }) =>
      tag === "receipt" && attrs["type"] === undefined ? "no receipts today" : undefined,
    );
}

/** A contact gets a message, and confirms it with a stanza that is held back. */
async function heldBack(server: MockServer, phone: Phone): Promise<void> {
  await using client = await quietClient(server, phone);
  const ana = server.contact({ name: "Ana" });
  const distrust = distrustReceipts();
  try {
    await client.sock.sendMessage(ana.pn, { text: "hello" });
    await ana.receive();
    await server.journal.waitFor(({ note }) => note === "lint: seconds");
  } finally {
    distrust.mockRestore();
  }
  expect(phone.companions[0]?.queued).toBe(0);
}
