import { ManualClock } from "@motte/core/manual-clock";
import { proto } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JournalEntry, MockServer } from "@motte/mock-server";
import type { Incoming } from "../src/phone/incoming.ts";
import { Unread } from "../src/phone/unread.ts";
import { children } from "../src/wire/binary-node.ts";
import { pairedClient } from "./support/client.ts";

const KEY_REQUEST = {
  protocolMessage: {
    type: proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_REQUEST,
    appStateSyncKeyRequest: { keyIds: [{ keyId: Buffer.from("unknown") }] },
  },
};

const author = {} as Incoming["author"];

/** Numbered messages: those that may wait, those that must not, and those that take several steps to read. */
type Kind = "routine" | "urgent" | "slow";

class Reader {
  readonly clock = new ManualClock();
  readonly read: string[] = [];
  readonly errors: unknown[] = [];
  readonly unread: Unread;
  onRead: (id: string) => void = () => {};
  #slow: (() => void)[] = [];
  #busy = 0;

  constructor() {
    this.unread = new Unread({
      clock: this.clock,
      during: async (work) => {
        this.#busy++;
        await work;
        this.#busy--;
      },
      mayWait: ({ stanza }) => {
        if (stanza.tag === "unclear") throw new Error("unclear");
        return stanza.tag === "routine";
      },
      read: ({ stanza }) => {
        const id = stanza.attrs["id"] ?? "";
        if (stanza.tag !== "slow") return this.#done(id);
        return new Promise<void>((resolve) => this.#slow.push(resolve)).then(() => this.#done(id));
      },
      onError: (error) => this.errors.push(error),
    });
  }

  get busy(): boolean {
    return this.#busy > 0;
  }

  add(tag: Kind | "unclear", id: string): void {
    this.unread.add({ stanza: { tag, attrs: { id } }, author, at: 0 });
  }

  /** Everything that is under way, until nothing is. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20 || this.busy; turn++) {
      for (const resolve of this.#slow.splice(0)) resolve();
      await Promise.resolve();
    }
  }

  #done(id: string): undefined {
    this.read.push(id);
    this.onRead(id);
  }
}

describe("what has come for a virtual device", () => {
  test("is read in order, once, and all of it is once somebody has asked", async () => {
    const steps = fc.array(
      fc.oneof(
        fc.constantFrom<Kind>("routine", "urgent", "slow"),
        fc.constant("ask" as const),
        fc.constant("settle" as const),
      ),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const reader = new Reader();
        const came: string[] = [];
        for (const step of all) {
          if (step === "ask") reader.unread.catchUp();
          else if (step === "settle") await reader.settle();
          else reader.add(step, came[came.push(`${came.length}`) - 1] ?? "");
        }
        reader.unread.catchUp();
        await reader.settle();

        expect(reader.read).toEqual(came);
      }),
    );
  });

  test("stays as it is until somebody asks, and is there at once then", async () => {
    const reader = new Reader();
    for (const id of ["a", "b", "c"]) reader.add("routine", id);
    await reader.settle();
    expect(reader.read).toEqual([]);

    reader.unread.catchUp();
    expect(reader.read).toEqual(["a", "b", "c"]);
  });

  test("is read when something comes that cannot wait, after whoever brought it is done", async () => {
    const reader = new Reader();
    reader.add("routine", "a");
    reader.add("urgent", "b");
    expect(reader.read).toEqual([]);
    expect(reader.busy).toBe(true);

    await reader.settle();
    expect(reader.read).toEqual(["a", "b"]);
  });

  test("is read when nothing has come for a while, a part at a time", async () => {
    const reader = new Reader();
    for (let id = 0; id < 60; id++) reader.add("routine", `${id}`);
    await reader.clock.advance(1500);
    reader.add("routine", "late");
    await reader.clock.advance(1500);
    expect(reader.read).toEqual([]);

    await reader.clock.advance(1000);
    expect(reader.read).toHaveLength(50);
    await reader.clock.advance(10);
    expect(reader.read).toHaveLength(61);
  });

  test("is waited for by whoever needs all of it, behind what takes several steps", async () => {
    const reader = new Reader();
    reader.add("slow", "a");
    reader.add("routine", "b");
    reader.onRead = (id) => {
      if (id === "a") reader.add("slow", "c");
    };
    const all = reader.unread.caughtUp().then(() => [...reader.read]);
    await reader.settle();

    expect(await all).toEqual(["a", "b", "c"]);
  });

  test("does not pile up: beyond 2000 the oldest is read for each one that comes", async () => {
    const reader = new Reader();
    for (let id = 0; id < 2003; id++) reader.add("routine", `${id}`);
    await reader.settle();

    expect(reader.read).toEqual(["0", "1", "2"]);
  });

  test("is not read twice when a listener asks for everything meanwhile", async () => {
    const reader = new Reader();
    reader.onRead = () => reader.unread.catchUp();
    for (const id of ["a", "b", "c"]) reader.add("urgent", id);
    await reader.settle();

    expect(reader.read).toEqual(["a", "b", "c"]);
  });

  test("is read on after one that fails", async () => {
    const reader = new Reader();
    reader.onRead = (id) => {
      if (id === "bad") throw new Error("bad");
    };
    reader.add("urgent", "bad");
    reader.add("slow", "bad");
    reader.add("unclear", "good");
    await reader.settle();

    expect(reader.read).toEqual(["bad", "bad", "good"]);
    expect(reader.errors).toHaveLength(2);
  });

  test("is forgotten when the device is no more", async () => {
    const reader = new Reader();
    reader.add("routine", "a");
    reader.unread.clear();
    await reader.clock.advance(10_000);

    expect(reader.read).toEqual([]);
  });
});

const isAnswer = ({ tag, direction, attrs }: JournalEntry): boolean =>
  tag === "message" && direction === "out" && attrs["category"] === "peer";

describe("what a phone's own client asks of it", () => {
  test("is answered at once, though nobody looks at what the phone gets", async () => {
    // On it nothing is read because it was quiet for a while.
    const clock = new ManualClock(1_700_000_000_000);
    await using server = await MockServer.start({ clock });
    const phone = server.phone();
    await using client = await pairedClient(server, phone);
    await client.synced();
    const ask = async (): Promise<void> => {
      const after = server.journal.entries.at(-1);
      await client.sock.relayMessage(phone.pn, KEY_REQUEST, {
        additionalAttributes: { category: "peer" },
      });
      await server.journal.waitFor(isAnswer, after === undefined ? {} : { after });
    };

    // The first begins a Signal session; the second has nothing about it but what it asks for.
    await ask();
    await ask();
    const asked = server.journal.filter(
      ({ tag, direction, attrs }) =>
        tag === "message" && direction === "in" && attrs["category"] === "peer",
    );
    const kinds = asked.map(({ node }) => children(node, "enc").map((enc) => enc.attrs["type"]));
    expect(kinds.at(-1)).toEqual(["msg"]);
  });
});

describe("the copies a phone gets", () => {
  test("can be looked at without waiting as soon as the server has the message", async () => {
    await using server = await MockServer.start();
    const phone = server.phone();
    const ana = server.contact({ name: "Ana" });
    await using client = await pairedClient(server, phone);
    await client.synced();
    await client.sock.sendMessage(ana.pn, { text: "first" });
    await ana.receive();
    const texts = ["second", "third", "fourth"];
    const ids = new Set<string>();
    for (const text of texts) {
      const sent = await client.sock.sendMessage(ana.pn, { text });
      ids.add(sent?.key.id ?? "");
    }
    for (const id of ids) {
      await server.journal.waitFor(({ tag, attrs }) => tag === "ack" && attrs["id"] === id);
    }

    expect(phone.sentMessages.map(({ text }) => text)).toEqual(["first", ...texts]);
  });
});
