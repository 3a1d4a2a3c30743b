import { CleanupStack } from "@motte/core/cleanup";
import { silentLogger } from "@motte/core/logger";
import type { BinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MockServer, type Phone } from "@motte/mock-server";
import { Mailbox } from "../src/world/mailbox.ts";
import { settled } from "./support/client.ts";
import { type StanzaClient, quietClient, quietLogin, tag } from "./support/stanza-client.ts";

const stanza = (name: string, id: string, type?: string): BinaryNode => ({
  tag: name,
  attrs: { id, ...(type && { type }) },
});
const ids = fc.constantFrom("a", "b", "c");
const action = fc.oneof(
  fc.record({ do: fc.constant("push" as const), id: ids }),
  fc.record({ do: fc.constant("settle" as const), id: ids }),
  fc.record({ do: fc.constant("open" as const), id: fc.constant("") }),
  fc.record({ do: fc.constant("close" as const), id: fc.constant("") }),
);

describe("a mailbox", () => {
  test("gives everything that is not settled, in order, at each opening and as it comes", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const mailbox = new Mailbox();
        let connected = false;
        const counts: [number, number][] = [];
        let waiting: string[] = [];
        let got: string[] = [];
        let expected: string[] = [];
        for (const { do: what, id } of actions) {
          if (what === "push") {
            mailbox.push(stanza("message", id));
            waiting.push(id);
            if (connected) expected.push(id);
          } else if (what === "settle") {
            mailbox.settle({ kind: "message", id });
            const index = waiting.indexOf(id);
            if (index !== -1) waiting = waiting.toSpliced(index, 1);
          } else if (what === "open") {
            expected = [...waiting];
            got = [];
            connected = true;
            counts.push([mailbox.open((each) => got.push(each.attrs["id"] ?? "")), waiting.length]);
          } else {
            mailbox.close();
            connected = false;
          }
          expect(mailbox.waiting.map((each) => each.attrs["id"])).toEqual(waiting);
          expect(got).toEqual(expected);
        }
        expect(counts.map(([told]) => told)).toEqual(counts.map(([, waited]) => waited));
      }),
    );
  });

  test("numbers what waited, and not what comes later", () => {
    const mailbox = new Mailbox();
    const got: (string | undefined)[] = [];
    mailbox.push(stanza("message", "a"));
    mailbox.push(stanza("message", "b"));
    mailbox.open((each) => got.push(each.attrs["offline"]));
    mailbox.push(stanza("message", "c"));

    expect(got).toEqual(["0", "1", undefined]);
  });

  test("tells receipts with one id apart by their type", () => {
    const mailbox = new Mailbox();
    mailbox.push(stanza("receipt", "a"));
    mailbox.push(stanza("receipt", "a", "read"));
    mailbox.settle({ kind: "receipt", id: "a", type: "read" });

    expect(mailbox.waiting).toEqual([stanza("receipt", "a")]);
  });

  test("keeps the new copy of a message when the refusal of the old one comes late", () => {
    const mailbox = new Mailbox();
    mailbox.push(stanza("message", "a"));
    mailbox.settleByRetry({ kind: "message", id: "a" });
    mailbox.push(stanza("message", "a", "again"));
    mailbox.settleByRefusal({ kind: "message", id: "a" });
    const afterFirstRefusal = [...mailbox.waiting];
    mailbox.settleByRefusal({ kind: "message", id: "a" });

    expect(afterFirstRefusal).toEqual([stanza("message", "a", "again")]);
    expect(mailbox.waiting).toEqual([]);
  });

  test("keeps apart a receipt and a message that share an id", () => {
    const mailbox = new Mailbox();
    mailbox.push(stanza("receipt", "a"));
    mailbox.push(stanza("message", "a"));
    mailbox.push(stanza("notification", "a"));
    mailbox.settle({ kind: "message", id: "a" });
    mailbox.settle({ kind: "call", id: "a" });

    expect(mailbox.waiting).toEqual([stanza("receipt", "a"), stanza("notification", "a")]);
  });

  test("keeps apart the messages of two senders that share an id", () => {
    const mailbox = new Mailbox();
    const ofAna = { tag: "message", attrs: { id: "a", from: "100:3@lid" } };
    const ofBen = { tag: "message", attrs: { id: "a", from: "15550002@s.whatsapp.net" } };
    mailbox.push(ofAna);
    mailbox.push(ofBen);
    const ben = ["15550002@s.whatsapp.net", "200@lid"];
    mailbox.settle({ kind: "message", id: "a", from: ["15550009@s.whatsapp.net", "900@lid"] });
    const afterAnother = [...mailbox.waiting];
    mailbox.settle({ kind: "message", id: "a", from: ben });

    expect(afterAnother).toEqual([ofAna, ofBen]);
    expect(mailbox.waiting).toEqual([ofAna]);
  });

  test("keeps apart the messages of two members of a group that share an id", () => {
    const mailbox = new Mailbox();
    const inGroup = { id: "a", from: "120@g.us" };
    const ofAna = { tag: "message", attrs: { ...inGroup, participant: "100:3@lid" } };
    mailbox.push(ofAna);
    mailbox.push({ tag: "message", attrs: { ...inGroup, participant: "200@lid" } });
    mailbox.settle({ kind: "message", id: "a", from: ["120@g.us"], participant: ["200@lid"] });

    expect(mailbox.waiting).toEqual([ofAna]);
  });

  test("takes an answer to the chat of an own message for one to its author", () => {
    const mailbox = new Mailbox();
    const copy = { id: "a", from: "100@lid", recipient: "200@lid" };
    mailbox.push({ tag: "message", attrs: copy });
    mailbox.settle({ kind: "message", id: "a", from: ["200@lid"] });

    expect(mailbox.waiting).toEqual([]);
  });

  test("holds the late refusal of one sender's message against no other sender's", () => {
    const mailbox = new Mailbox();
    const ana = { kind: "message", id: "a", from: ["100@lid"] };
    const ben = { kind: "message", id: "a", from: ["200@lid"] };
    mailbox.push({ tag: "message", attrs: { id: "a", from: "200@lid" } });
    mailbox.settleByRetry(ana);

    expect(mailbox.settleByRefusal(ben)).toBe(true);
    expect(mailbox.waiting).toEqual([]);
  });

  test("lets the oldest go when it is full, and says which and how many", () => {
    const dropped: [string | undefined, number][] = [];
    const mailbox = new Mailbox({
      capacity: 2,
      onDropped: ({ attrs }, count) => dropped.push([attrs["id"], count]),
    });
    for (const id of ["a", "b", "c", "d"]) mailbox.push(stanza("message", id));
    mailbox.settle({ kind: "message", id: "c" });
    for (const id of ["e", "f"]) mailbox.push(stanza("message", id));

    expect(dropped).toEqual([
      ["a", 1],
      ["b", 2],
      ["d", 1],
    ]);
    expect(mailbox.waiting.map(({ attrs }) => attrs["id"])).toEqual(["e", "f"]);
  });
});

const LIMIT = 4;

interface SmallMailbox extends AsyncDisposable {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly client: StanzaClient;
  /** What the server's logger was warned of since the device was linked. */
  readonly warnings: readonly unknown[];
}

/** A server whose mailboxes are small, and a device that is linked, has nothing waiting, and goes away. */
async function smallMailbox(): Promise<SmallMailbox> {
  const cleanup = new CleanupStack();
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (...args: unknown[]) => void warnings.push(args) };
  const limits = { maxWaitingStanzas: LIMIT };
  const server = cleanup.use(await MockServer.start({ logger, limits }));
  const phone = server.phone();
  const client = cleanup.use(await quietClient(server, phone));
  await settled(server, phone);
  server.connections[0]?.cut();
  await client.client.closed();
  warnings.splice(0);
  return { server, phone, client, warnings, [Symbol.asyncDispose]: () => cleanup.dispose() };
}

describe("a device that is away longer than its mailbox lasts", () => {
  test("gets the newest, and the journal and the log tell of the others", async () => {
    await using away = await smallMailbox();
    const { server, phone, client, warnings } = away;
    const ana = server.contact({ name: "Ana" });
    const before = server.journal.entries.at(-1);
    const said = [];
    for (let number = 0; number < LIMIT + 2; number++) said.push(await ana.say(phone, `${number}`));

    const dropped = server.journal.filter(
      ({ sequence, note }) =>
        sequence > (before?.sequence ?? 0) && note === "dropped: mailbox full",
    );
    await using again = await quietLogin(server, client.auth);
    await again.client.message(`${LIMIT + 1}`);

    const saidIds = said.map(({ id }) => id);
    expect(dropped.map(({ connection, attrs }) => [connection, attrs["id"]])).toEqual([
      ["none", saidIds[0]],
      ["none", saidIds[1]],
    ]);
    expect(again.got("message").map(({ attrs }) => attrs["id"])).toEqual(saidIds.slice(2));
    expect(warnings).toEqual([
      [{ limit: LIMIT, tag: "message" }, expect.stringContaining("limits.maxWaitingStanzas")],
    ]);
  });

  test("loses nothing at the limit itself", async () => {
    await using away = await smallMailbox();
    const { server, phone, warnings } = away;
    const ana = server.contact({ name: "Ana" });
    for (let number = 0; number < LIMIT; number++) await ana.say(phone, `${number}`);

    expect(phone.companions).toMatchObject([{ queued: LIMIT }]);
    expect(warnings).toEqual([]);
  });
});

test("a message is settled by an answer to it and its sender, and by no other with the same id", async () => {
  await using server = await MockServer.start();
  const phone = server.phone();
  const ana = server.contact({ name: "Ana" });
  const ben = server.contact({ name: "Ben" });
  await using client = await quietClient(server, phone);
  await settled(server, phone);
  // The client hears and answers nothing by itself.
  client.sock.ws.removeAllListeners("CB:message");
  client.sock.ws.removeAllListeners("CB:receipt");
  const { id } = await ana.say(phone, "one");
  const [connection] = server.connections;
  const queued = (): number | undefined => phone.companions[0]?.queued;
  const leaves = [];
  for (const answer of [
    tag("receipt", { id, to: ben.lid }),
    tag("ack", { class: "receipt", id, to: ana.lid }),
    tag("receipt", { id, to: ana.pn }),
  ]) {
    await client.tell(answer);
    leaves.push(queued());
  }
  expect(connection?.state).toBe("open");
  expect(leaves).toEqual([1, 1, 0]);
});
