import { ManualClock } from "@motte/core/manual-clock";
import { seededRandom } from "@motte/core/random";
import type { BinaryNode } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { routeMessage } from "../src/routing/messages.ts";
import type { RoutingContext } from "../src/routing/letter.ts";
import type { Account } from "../src/world/account.ts";
import { Companion } from "../src/world/companion.ts";
import { realNumbering } from "../src/world/device-view.ts";
import type { Group } from "../src/world/group.ts";
import type { PrimaryDevice } from "../src/world/primary-device.ts";
import { Mailbox } from "../src/world/mailbox.ts";
import { World } from "../src/world/world.ts";

const PEOPLE = 3;
const NOTHING = Buffer.alloc(0);

/** A phone that keeps quiet: these laws are about linked clients. */
function silentPhone(account: Account): PrimaryDevice {
  const phone: PrimaryDevice = {
    played: true,
    account,
    device: 0,
    pushName: account.name,
    deviceIdentity: undefined,
    identityKey: NOTHING,
    jidOn: (server) => account.jidOn(server),
    deliver: () => {},
    refused: () => {},
    nextBundle: () => {
      throw new Error("nobody asks for keys here");
    },
    signedKeyIndexList: () => NOTHING,
    onCompanionReady: async () => {},
    onHistoryConfirmed: () => {},
    findMessage: () => undefined,
  };
  return phone;
}

/** A client without crypto: it notes what it gets while it is connected, and answers when it is told to. */
class BareClient {
  readonly companion: Companion;
  /** What it has got, again and again after a lost connection. */
  readonly got: string[] = [];
  /** What it has confirmed. */
  readonly kept: string[] = [];
  readonly twice: string[] = [];
  #unconfirmed: string[] = [];

  constructor(companion: Companion) {
    this.companion = companion;
  }

  connect(): void {
    this.#unconfirmed = [];
    this.companion.mailbox.open((stanza) => this.#onStanza(stanza));
  }

  disconnect(): void {
    this.companion.mailbox.close();
    this.#unconfirmed = [];
  }

  /** Confirms the oldest message it has not confirmed. */
  confirm(): void {
    const id = this.#unconfirmed.shift();
    if (id === undefined) return;
    this.companion.mailbox.settle({ kind: "message", id });
    this.kept.push(id);
  }

  confirmAll(): void {
    while (this.#unconfirmed.length > 0) this.confirm();
  }

  #onStanza({ attrs }: BinaryNode): void {
    const id = attrs["id"] ?? "";
    if (this.kept.includes(id)) this.twice.push(id);
    this.got.push(id);
    this.#unconfirmed.push(id);
  }
}

const person = fc.nat({ max: PEOPLE - 1 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("write" as const), who: person, to: person }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("group" as const), who: person, to: person }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("connect" as const), who: person, to: person }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("disconnect" as const), who: person, to: person }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("confirm" as const), who: person, to: person }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("remove" as const), who: person, to: person }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("add" as const), who: person, to: person }) },
);

describe("the world", () => {
  test("loses nothing, gives nothing twice once confirmed, keeps each sender's order, and a removed member gets no more", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = new ManualClock();
        const world = new World({ seed: seededRandom("laws"), clock, makePrimary: silentPhone });
        const context: RoutingContext = { world, clock, strict: true, deviceView: realNumbering };
        const accounts = Array.from({ length: PEOPLE }, (_, index) =>
          world.person("Person", { name: `Person ${index}` }),
        );
        const clients = accounts.map((account) => new BareClient(linked(account)));
        const { group } = world.groups.create(nth(accounts, 0), {
          subject: "All",
          people: accounts.slice(1),
        });
        const due = accounts.map((): string[] => []);
        const wrong: string[] = [];
        let count = 0;

        const send = (who: number, to: string, readers: readonly number[]): boolean => {
          const sender = nth(clients, who).companion;
          const id = `${who}-${++count}`;
          const copies = readers.map((reader) => copyFor(nth(accounts, reader)));
          const stanza = message(id, to, copies);
          const routed = routeMessage({ stanza, sender, context });
          routed.deliver();
          expect(routed.ack.attrs).toMatchObject({ class: "message", id, from: to });
          if (routed.error !== undefined) return false;
          for (const reader of readers) nth(due, reader).push(id);
          return true;
        };

        for (const { do: what, who, to } of steps) {
          if (what === "write" && who !== to) send(who, nth(accounts, to).pn, [to]);
          else if (what === "group") {
            const allowed = group.has(nth(accounts, who));
            const readers = members(group, accounts).filter((each) => each !== who);
            const taken = send(who, group.jid, readers);
            if (taken !== allowed) wrong.push(`person ${who}, allowed: ${allowed}`);
          } else if (what === "connect") nth(clients, who).connect();
          else if (what === "disconnect") nth(clients, who).disconnect();
          else if (what === "confirm") nth(clients, who).confirm();
          else if (what === "remove" && to !== 0)
            group.membership.remove(nth(accounts, 0), [nth(accounts, to)]);
          else if (what === "add") group.membership.add(nth(accounts, 0), [nth(accounts, to)]);
        }

        expect(wrong).toEqual([]);
        for (const client of clients) {
          client.connect();
          client.confirmAll();
        }
        for (const [index, client] of clients.entries()) {
          expect(client.kept).toEqual(nth(due, index));
          expect(client.twice).toEqual([]);
          expect(client.companion.mailbox.waiting).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function linked(account: Account): Companion {
  const companion = new Companion({
    account,
    device: account.reserveDevice(),
    noiseKey: NOTHING,
    keys: {
      registrationId: 1,
      identityKey: NOTHING,
      signedPreKey: { id: 1, publicKey: NOTHING, signature: NOTHING },
    },
    deviceIdentity: NOTHING,
    mailbox: new Mailbox(),
  });
  account.link(companion);
  return companion;
}

/** Throws where an index would give `undefined`. */
function nth<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`There is no number ${index}`);
  return found;
}

function members(group: Group, accounts: readonly Account[]): readonly number[] {
  return accounts.flatMap((account, index) => (group.has(account) ? [index] : []));
}

function copyFor(account: Account): BinaryNode {
  const [companion] = account.companions;
  return {
    tag: "to",
    attrs: { jid: companion?.lid ?? "" },
    content: [{ tag: "enc", attrs: { v: "2", type: "msg" }, content: Buffer.from("x") }],
  };
}

function message(id: string, to: string, copies: BinaryNode[]): BinaryNode {
  const participants = { tag: "participants", attrs: {}, content: copies };
  const common = { tag: "enc", attrs: { v: "2", type: "skmsg" }, content: Buffer.from("y") };
  return {
    tag: "message",
    attrs: { id, to, type: "text" },
    content: to.endsWith("@g.us")
      ? [...(copies.length > 0 ? [participants] : []), common]
      : [participants],
  };
}
