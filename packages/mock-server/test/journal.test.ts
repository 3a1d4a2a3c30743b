import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import { pairedClient } from "./support/client.ts";
import { quietClient } from "./support/stanza-client.ts";

const isPing = ({ attrs }: JournalEntry): boolean => attrs["xmlns"] === "w:p";

describe("the journal", () => {
  test("holds what went each way, in order", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());
    const { journal } = server;
    const pairing = journal.find(({ children }) => children.includes("pair-device"));
    const signed = journal.find(({ children }) => children.includes("pair-device-sign"));
    const success = journal.find(({ tag }) => tag === "success");

    expect(pairing).toMatchObject({ direction: "out", connection: "c1", tag: "iq" });
    expect(signed).toMatchObject({ direction: "in", connection: "c1" });
    expect(success).toMatchObject({ direction: "out", connection: "c2" });
    expect(success?.attrs["lid"]).toBe(client.sock.user?.lid);
    const sequences = journal.entries.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  });

  test("waits for a stanza to come, or one after another", async () => {
    await using server = await MockServer.start();
    await using client = await pairedClient(server, server.phone());
    const ping = () =>
      client.sock.query({ tag: "iq", attrs: { to: "@s.whatsapp.net", type: "get", xmlns: "w:p" } });

    await ping();
    const first = await server.journal.waitFor(isPing);
    const second = server.journal.waitFor(isPing, { after: first });
    await ping();

    expect((await second).sequence).toBeGreaterThan(first.sequence);
  });

  test("a predicate that throws fails its own wait, and no client hears of it", async () => {
    await using server = await MockServer.start();
    await using client = await quietClient(server, server.phone());
    const last = server.journal.entries.at(-1);
    const after = last === undefined ? {} : { after: last };
    const oops = new TypeError("oops");
    const predicate = (): never => {
      throw oops;
    };
    const results = Promise.all([
      server.journal.waitFor(predicate, after).catch((error: unknown) => error),
      server.expect(predicate, after).catch((error: unknown) => error),
      server.expectNone(predicate, { during: 10_000 }).catch((error: unknown) => error),
    ]);
    await client.roundTrip();

    expect(await results).toEqual([oops, oops, oops]);
    expect(server.connections).toHaveLength(1);
  });

  test("shows what it saw, without phone numbers, when the wait is over", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    await using client = await pairedClient(server, phone);
    expect(client.sock.user?.id).toContain(phone.phoneNumber);

    const waiting = server.journal.waitFor(() => false, { timeoutMs: 10 });
    const error = await waiting.catch((each: Error) => each);

    expect(error).toMatchObject({ code: "MOCK_TIMED_OUT" });
    expect(error).toMatchObject({
      message: expect.stringContaining('S> c2 <iq from="@s.whatsapp.net" id='),
    });
    expect((error as Error).message).not.toContain(phone.phoneNumber);
  });

  test("a request nobody knows is answered emptily and noted, or refused when the server is strict", async () => {
    const unknown = {
      tag: "iq",
      attrs: { to: "@s.whatsapp.net", type: "get", xmlns: "w:nothing" },
    };
    await using lax = await MockServer.start();
    await using laxClient = await pairedClient(lax, lax.phone());
    await using strict = await MockServer.start({ strict: true });
    await using strictClient = await pairedClient(strict, strict.phone());

    const answer = await laxClient.sock.query({ ...unknown, attrs: { ...unknown.attrs } });
    const refusal = strictClient.sock.query({ ...unknown, attrs: { ...unknown.attrs } });

    expect(answer).toMatchObject({ tag: "iq", attrs: { type: "result" } });
    await expect(refusal).rejects.toMatchObject({ message: "feature-not-implemented", data: 501 });
    expect(lax.journal.unhandled).toMatchObject([
      { attrs: { xmlns: "w:nothing" }, direction: "in" },
    ]);
    expect(strict.journal.unhandled).toMatchObject([{ attrs: { xmlns: "w:nothing" } }]);
    // Told once, so that the server closes without holding it against the test again.
    expect(() => strict.assertHandled()).toThrow(/<iq xmlns="w:nothing" type="get">/);
  });
});
