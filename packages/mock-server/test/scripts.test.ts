import { EventEmitter, once } from "node:events";
import { describe, expect, test } from "vitest";
import { MockServer, type MockServerError } from "@motte/mock-server";
import { type StanzaClient, at, quietClient, tag } from "./support/stanza-client.ts";

const WEATHER = { tag: "iq", attrs: { xmlns: "w:weather" } };

async function withClient(
  run: (server: MockServer, client: StanzaClient) => Promise<void>,
): Promise<void> {
  await using server = await MockServer.start();
  await using client = await quietClient(server, server.phone({ name: "Bot" }));
  await client.roundTrip();
  await run(server, client);
}

const ask = (client: StanzaClient, xmlns = "w:weather") => client.ask("get", xmlns, [tag("now")]);
const answerOf = async (client: StanzaClient): Promise<string | undefined> =>
  (await ask(client))?.tag;
const weather = (kind: string) => ({ tag: "iq", content: [{ tag: kind }] });

describe("a script", () => {
  test("answers in the server's place once, and then the server does again", () =>
    withClient(async (server, client) => {
      const script = server.on(WEATHER).reply(weather("sun"));
      expect(server.pendingScripts).toEqual([script]);

      expect(await answerOf(client)).toBe("sun");
      expect(await answerOf(client)).toBeUndefined();
      expect(script).toMatchObject({ id: "s1", used: 1, active: false });
      expect(at(script.requests[0], "now")).toBeDefined();
      expect(server.pendingScripts).toEqual([]);
      // Only what the script did not take went to the server, which does not know it.
      expect(server.unhandled).toMatchObject([{ xmlns: "w:weather", times: 1 }]);
    }));

  test("leaves alone what does not suit", () =>
    withClient(async (server, client) => {
      const script = server.on({ ...WEATHER, child: "tomorrow" }).reply(weather("rain"));
      expect(await answerOf(client)).toBeUndefined();
      expect(script.used).toBe(0);
    }));

  test("is noted in the journal beside the request and, after it, the reply", () =>
    withClient(async (server, client) => {
      server.on(WEATHER).reply(weather("sun"));
      await ask(client);
      const noted = server.journal.filter(({ note }) => note === "script s1");
      expect(noted.map(({ direction }) => direction)).toEqual(["in", "out"]);
    }));

  test("whose change throws says so to the test, and the client is answered and stays", () =>
    withClient(async (server, client) => {
      const cause = new TypeError("oops");
      const script = server.on(WEATHER).passOn(() => {
        throw cause;
      });
      const called = script.called().catch((error: unknown) => error);

      await expect(ask(client)).rejects.toMatchObject({ data: 500 });
      expect(await called).toMatchObject({ code: "MOCK_SCRIPT_FAILED", cause });
      await client.roundTrip();
    }));

  test("was called when its reply is made, whenever one asks", () =>
    withClient(async (server, client) => {
      const gate = new EventEmitter();
      const script = server.on(WEATHER).reply(async () => {
        await once(gate, "open");
        throw new TypeError("oops");
      });
      const asked = ask(client).catch((error: unknown) => error);
      await server.expect(WEATHER);
      expect(script.used).toBe(1);
      const called = script.called().catch((error: unknown) => error);
      gate.emit("open");

      expect(await called).toMatchObject({ code: "MOCK_SCRIPT_FAILED" });
      expect(await asked).toMatchObject({ data: 500 });
    }));

  test("fills in what its author left out, and nothing that is there", () =>
    withClient(async (server, client) => {
      server.on(WEATHER).reply([
        { tag: "iq", attrs: { lang: "en" } },
        { tag: "notification", attrs: { id: "mine" } },
      ]);
      await ask(client);
      await client.roundTrip();
      const request = await server.expect(WEATHER);
      const [answer, notification] = server.journal.filter(
        ({ direction, note }) => direction === "out" && note === "script s1",
      );
      expect(answer?.attrs).toEqual({
        from: "@s.whatsapp.net",
        id: request.attrs["id"],
        type: "result",
        lang: "en",
      });
      expect(notification?.attrs).toEqual({ from: "s.whatsapp.net", id: "mine" });
    }));

  test("may make its reply from the request, later, and send something before", () =>
    withClient(async (server, client) => {
      server.on(WEATHER).reply(async (request, session) => {
        expect(session).toMatchObject({ connection: "c2", phoneNumber: expect.any(String) });
        session.send({ tag: "ib", content: [{ tag: "cloud" }] });
        await Promise.resolve();
        return weather(at(request, "now") === undefined ? "fog" : "wind");
      });
      expect(await answerOf(client)).toBe("wind");
      expect(client.got("ib", (each) => at(each, "cloud") !== undefined)).toHaveLength(1);
      const noted = server.journal.filter(({ note }) => note === "script s1");
      expect(noted.map(({ direction, tag: name }) => `${direction} ${name}`)).toEqual([
        "in iq",
        "out ib",
        "out iq",
      ]);
    }));

  test("can refuse, swallow, and pass on", () =>
    withClient(async (server, client) => {
      server.on(WEATHER).error(503, "later");
      await expect(ask(client)).rejects.toMatchObject({ message: "later", data: 503 });

      const dropped = server.on({ tag: "presence" }).drop();
      await client.sock.sendNode(tag("presence", { type: "available", name: "Nobody" }));
      await dropped.called();
      expect(server.journal.entries.at(-1)?.note).not.toBe("unhandled");

      const changed = server.on(WEATHER).passOn((request) => ({
        ...request,
        attrs: { ...request.attrs, xmlns: "w:p" },
      }));
      const seen = server.on(WEATHER).passOn();
      await ask(client);
      await ask(client);
      expect([changed.used, seen.used]).toEqual([1, 1]);
      expect(server.unhandled).toMatchObject([{ xmlns: "w:weather", times: 1 }]);
    }));

  test("refuses a message by the code of its ack", () =>
    withClient(async (server, client) => {
      const ana = server.contact({ name: "Ana" });
      server.on({ tag: "message" }).error(479);
      await client.sock.sendMessage(ana.pn, { text: "hello" });
      await client.roundTrip();
      expect(client.got("ack", ({ attrs }) => attrs["error"] === "479")).toHaveLength(1);
      expect(ana.messages).toEqual([]);
    }));

  test("is meant for one phone or one connection", () =>
    withClient(async (server, client) => {
      await using other = await quietClient(server, server.phone({ name: "Other" }));
      server.on(WEATHER, { phone: server.phone({ name: "Other" }) }).reply(weather("snow"));
      expect(await answerOf(client)).toBeUndefined();
      expect(await answerOf(other)).toBe("snow");
    }));
});

describe("of several scripts", () => {
  test("those for a number of uses answer in the order they were made, then the last of those for always", () =>
    withClient(async (server, client) => {
      server.on(WEATHER).reply(weather("suite")).always();
      server.on(WEATHER).reply(weather("first")).times(2);
      server.on(WEATHER).reply(weather("second"));
      const override = server.on(WEATHER).reply(weather("test")).always();

      const answers: (string | undefined)[] = [];
      for (let round = 0; round < 5; round++) answers.push(await answerOf(client));
      expect(answers).toEqual(["first", "first", "second", "test", "test"]);

      override.remove();
      expect(await answerOf(client)).toBe("suite");
    }));

  test("each can be disposed, and a server without any looks at nothing", () =>
    withClient(async (server, client) => {
      {
        using script = server.on(WEATHER).reply(weather("sun")).always();
        expect(await answerOf(client)).toBe("sun");
        expect(script.active).toBe(true);
      }
      expect(await answerOf(client)).toBeUndefined();
    }));
});

describe("a test", () => {
  test("can wait until a script was used", () =>
    withClient(async (server, client) => {
      const script = server.on(WEATHER).reply(weather("sun")).times(2);
      const called = script.called(2);
      await ask(client);
      await ask(client);
      await called;
      await expect(script.called(3, 1)).rejects.toMatchObject({ code: "MOCK_TIMED_OUT" });
    }));

  test("hears of a reply that could not be made, and the client gets an error", async () => {
    const server = await MockServer.start();
    await using client = await quietClient(server, server.phone());
    const cause = new Error("no idea");
    const broken = (): never => {
      throw cause;
    };
    const told = server.on(WEATHER).reply(broken);
    await expect(ask(client)).rejects.toMatchObject({ data: 500 });
    await expect(told.called()).rejects.toMatchObject({ code: "MOCK_SCRIPT_FAILED", cause });
    server.on(WEATHER).reply(broken);
    await expect(ask(client)).rejects.toMatchObject({ data: 500 });

    await expect(server.close()).rejects.toMatchObject({ code: "MOCK_SCRIPT_FAILED", cause });
    await server.close();
  });

  test("sees in an error which scripts were not used", async () => {
    await using server = await MockServer.start();
    server.on(WEATHER).reply(weather("sun"));
    const error: unknown = await server
      .expect(WEATHER, { within: 1 })
      .catch((each: MockServerError) => each.message);
    expect(error).toContain("script s1 still waits, used 0 times");
  });

  test("is told at once what is wrong with a script", async () => {
    await using server = await MockServer.start();
    expect(() => server.on({ tag: 1 } as object)).toThrow("match.tag");
    expect(() => server.on(WEATHER, { phon: "1" } as object)).toThrow("phon");
    expect(() => server.on(WEATHER).error(-1)).toThrow("code");
    expect(() => server.on(WEATHER).reply(weather("sun")).times(0)).toThrow("times");
  });
});
