import { request } from "node:http";
import { type IncomingMessage } from "node:http";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { systemClock } from "@motte/core/clock";
import { MockServer, parseTrace } from "@motte/mock-server";
import { AdminApi } from "../support/admin-api.ts";
import { Client } from "../support/client.ts";

/** The lines of a stream, asked for one at a time. */
class Watcher implements AsyncDisposable {
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]();
  }

  static async open(
    server: MockServer,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<Watcher> {
    const sent = request({ host: "127.0.0.1", port: server.port, path, headers });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return new Watcher(response);
  }

  get type(): string | undefined {
    return this.#response.headers["content-type"];
  }

  /** The next line with something in it; `undefined` at the end. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) return undefined;
      if (value !== "") return value;
    }
  }

  /** The next event: its id and its data. */
  async event(): Promise<{ id: number; data: { sequence: number; tag: string } }> {
    const lines: string[] = [];
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error("The stream has ended");
      if (value !== "") lines.push(value);
      else if (lines.some((line) => line.startsWith("data: "))) break;
      else lines.length = 0;
    }
    const field = (name: string): string =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
    if (field("event") !== "stanza") throw new Error(`An event of another kind: ${lines.join()}`);
    return {
      id: Number(field("id")),
      data: JSON.parse(field("data")) as { sequence: number; tag: string },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy();
  }
}

/** A server that has seen some stanzas of a client that is shown QR codes. */
async function someStanzas(server: MockServer): Promise<Client> {
  const client = new Client(server);
  await client.qr();
  await server.journal.waitFor(({ direction }) => direction === "in");
  return client;
}

/** Resolves when a request waits that will do so for this long: nothing else on the server sets such a timer. */
async function timerIn(clock: ManualClock, ms: number): Promise<void> {
  const limit = systemClock.monotonic() + 40_000;
  while (clock.nextTimerInMs !== ms) {
    if (systemClock.monotonic() > limit) throw new Error(`No timer of ${ms} ms was set`);
    await systemClock.sleep(1);
  }
}

const events = { accept: "text/event-stream" };

describe("the journal", () => {
  test("is one JSON object per line, from where one wants it", async () => {
    await using server = await MockServer.start();
    await using _ = await someStanzas(server);
    const api = new AdminApi(server);
    const all = await (await fetch(api.url("/admin/journal"))).text();
    const later = await (await fetch(api.url("/admin/journal?after=1"))).text();

    expect(all.endsWith("\n")).toBe(true);
    expect(
      all
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject(
      server.journal.entries.map(({ sequence, direction, tag, attrs, bytes }) => ({
        sequence,
        direction,
        tag,
        attrs,
        bytes,
        node: { tag, attrs },
      })),
    );
    expect(later).toBe(all.slice(all.indexOf("\n") + 1));
    expect(await api.get("/admin/journal?after=x")).toMatchObject({ status: 400 });
    expect(await api.get("/admin/journal?follow=yes")).toMatchObject({ status: 400 });
  });

  test("goes on with what is to come, until the server closes", async () => {
    const server = await MockServer.start();
    await using watcher = await Watcher.open(server, "/admin/journal?follow=1");
    await using client = await someStanzas(server);
    const first = JSON.parse((await watcher.line()) ?? "") as unknown;
    await client[Symbol.asyncDispose]();
    const closing = server.close();
    let last: string | undefined;
    for (let line = await watcher.line(); line !== undefined; line = await watcher.line()) {
      last = line;
    }
    await closing;

    expect(watcher.type).toBe("application/x-ndjson");
    expect(first).toMatchObject({ sequence: 1, tag: "iq", children: ["pair-device"] });
    expect(JSON.parse(last ?? "")).toMatchObject({ sequence: server.journal.entries.length });
  });

  test("comes as server-sent events, and goes on after the last one that was seen", async () => {
    await using server = await MockServer.start();
    await using one = await Watcher.open(server, "/admin/journal?follow=1", events);
    await using _ = await someStanzas(server);
    const first = await one.event();
    const second = await one.event();
    await using again = await Watcher.open(server, "/admin/journal?follow=1", {
      ...events,
      "last-event-id": String(first.id),
    });

    expect(one.type).toBe("text/event-stream");
    expect([first.id, first.data.sequence, second.id]).toEqual([1, 1, 2]);
    expect(await again.event()).toEqual(second);
  });

  test("shows now and then that it is alive", async () => {
    const clock = new ManualClock();
    await using server = await MockServer.start({ clock });
    await using watcher = await Watcher.open(server, "/admin/journal?follow=1", events);
    const start = await watcher.line();
    await timerIn(clock, 15_000);
    await clock.advance(15_000);

    expect([start, await watcher.line()]).toEqual([": still here", ": still here"]);
  });

  test("tells a reader how much it has missed, and keeps nothing for it", async () => {
    await using server = await MockServer.start({ limits: { maxJournalEntries: 8 } });
    await using client = await someStanzas(server);
    const [connection] = server.connections;
    const api = new AdminApi(server);
    const node = { tag: "ib", attrs: { x: "y" } };
    for (let count = 0; count < 20; count++) {
      await api.post("/admin/inject", { device: connection?.id, node });
    }
    const text = await (await fetch(api.url("/admin/journal"))).text();
    const [first = "", second = ""] = text.split("\n");
    const kept = server.journal.entries[0]?.sequence ?? 0;

    expect(client.updates.length).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(1);
    expect(JSON.parse(first)).toEqual({ lost: kept - 1 });
    expect(JSON.parse(second)).toMatchObject({ sequence: kept });
  });
});

describe("the trace", () => {
  test("is what parseTrace reads, redacted unless asked otherwise", async () => {
    await using server = await MockServer.start();
    server.contact({ name: "Ana Secret" });
    await using _ = await someStanzas(server);
    const api = new AdminApi(server);
    const redacted = await (await fetch(api.url("/admin/trace"))).text();
    const plain = await (await fetch(api.url("/admin/trace?redact=0"))).text();

    expect(parseTrace(redacted)).toMatchObject({ header: { redacted: true } });
    expect(redacted).not.toContain("Ana Secret");
    expect(parseTrace(plain)).toMatchObject({
      header: { redacted: false, people: [{ name: "Ana Secret" }] },
    });
  });

  test("goes on as server-sent events, until the server closes", async () => {
    const server = await MockServer.start();
    await using watcher = await Watcher.open(server, "/admin/trace?follow=1", events);
    await using client = await someStanzas(server);
    await client[Symbol.asyncDispose]();
    const closing = server.close();
    const lines: string[] = [];
    for (let line = await watcher.line(); line !== undefined; line = await watcher.line()) {
      lines.push(line);
    }
    await closing;
    const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));

    expect(watcher.type).toBe("text/event-stream");
    expect(lines).toContain("event: trace");
    expect(JSON.parse(data[0] ?? "")).toMatchObject({ trace: "motte" });
    expect(data.join("")).toContain("pair-device");
  });
});

describe("waiting for a stanza", () => {
  test("finds one that was there, and one that is to come", async () => {
    await using server = await MockServer.start();
    const api = new AdminApi(server);
    const coming = api.post("/admin/expect", {
      matcher: { direction: "out", tag: "iq", child: "pair-device", attrs: { id: "*" } },
    });
    await using _ = await someStanzas(server);
    const there = await api.post("/admin/expect", { matcher: { child: "pair-device/ref" } });
    const later = await api.post("/admin/expect", {
      matcher: { child: "pair-device" },
      after: (there.body as { readonly sequence: number }).sequence,
      timeoutMs: 1,
    });

    expect(await coming).toEqual(there);
    expect(there).toMatchObject({ status: 200, body: { direction: "out", tag: "iq" } });
    expect(later).toMatchObject({ status: 504 });
  });

  test("ends when the server closes, with an answer that says so", async () => {
    const clock = new ManualClock();
    const server = await MockServer.start({ clock });
    const timeoutMs = 12_345;
    const waiting = new AdminApi(server).post("/admin/expect", {
      matcher: { tag: "never" },
      timeoutMs,
    });
    await timerIn(clock, timeoutMs);
    await server.close();

    expect(await waiting).toMatchObject({ status: 503, body: { error: { code: "MOCK_CLOSED" } } });
  });

  test.each([
    [{}, "body.matcher is missing"],
    [{ matcher: { tag: 1 } }, "body.matcher.tag must be"],
    [{ matcher: { attrs: { id: 1 } } }, "body.matcher.attrs.id must be"],
    [{ matcher: {}, timeoutMs: -1 }, "body.timeoutMs must be"],
    [{ matcher: {}, count: 0 }, "body.count must be"],
    [{ matcher: { message: { kind: "reaction" } } }, "body.matcher.message.kind must be a field"],
    [
      { matcher: { message: { text: "a", contains: "a" } } },
      "body.matcher.message cannot have both text and contains",
    ],
  ])("refuses %j", async (body, message) => {
    await using server = await MockServer.start();

    expect(await new AdminApi(server).post("/admin/expect", body)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining(message) } },
    });
  });
});
