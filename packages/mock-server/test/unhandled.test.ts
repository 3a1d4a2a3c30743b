import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { quietClient, tag } from "./support/stanza-client.ts";

describe("a stanza nobody knows", () => {
  test("gets an empty answer and is listed by kind", async () => {
    await using server = await MockServer.start();
    await using client = await quietClient(server, server.phone());

    await client.ask("get", "w:horoscope", [tag("sign")]);
    await client.ask("get", "w:horoscope", [tag("sign")]);
    await client.ask("set", "w:horoscope");
    await client.tell(tag("horoscope"));

    expect(server.unhandled).toEqual([
      { tag: "iq", xmlns: "w:horoscope", type: "get", child: "sign", times: 2 },
      { tag: "iq", xmlns: "w:horoscope", type: "set", child: undefined, times: 1 },
      { tag: "horoscope", xmlns: undefined, type: undefined, child: undefined, times: 1 },
    ]);
  });

  test.each([
    ["set", "w:sync:app:state", 501],
    ["set", "usync", 501],
  ] as const)("is refused where an empty answer does harm: %s %s", async (type, xmlns, code) => {
    await using server = await MockServer.start();
    await using client = await quietClient(server, server.phone());
    // A kind of request in the family that has no route.
    const kind = xmlns === "w:sync:app:state" ? "get" : type;

    await expect(client.ask(kind, xmlns, [tag("odd")])).rejects.toMatchObject({ data: code });
  });

  test("fails a strict test when the server closes, once, by name", async () => {
    const server = await MockServer.start({ strict: true });
    await using client = await quietClient(server, server.phone());

    await expect(client.ask("get", "w:horoscope", [tag("sign")])).rejects.toMatchObject({
      data: 501,
    });
    await client[Symbol.asyncDispose]();

    await expect(server.close()).rejects.toMatchObject({
      name: "MockServerError",
      code: "MOCK_UNHANDLED_STANZA",
      message: expect.stringContaining('<iq xmlns="w:horoscope" type="get"><sign>'),
    });
    await expect(server.close()).resolves.toBeUndefined();
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow("fetch failed");
  });

  test("can be asserted before, and what was named then is not held against the test", async () => {
    await using server = await MockServer.start({ strict: true });
    await using client = await quietClient(server, server.phone());
    server.assertHandled();

    await client.tell(tag("horoscope"));

    expect(() => server.assertHandled()).toThrow(
      expect.objectContaining({ code: "MOCK_UNHANDLED_STANZA" }),
    );
    expect(() => server.assertHandled()).not.toThrow();
  });
});
