import type { BaileysEventMap } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { SupervisedSocket } from "@motte/reconnect";
import { fakeStage } from "./support/fake-stage.ts";
import { record } from "./support/next.ts";

type Update = BaileysEventMap["connection.update"];

/** Updates that say something about a connection, and nothing about whether there is one. */
const partialUpdates: fc.Arbitrary<Update> = fc
  .tuple(
    fc.record<Update>(
      {
        isOnline: fc.boolean(),
        receivedPendingNotifications: fc.boolean(),
        lastDisconnect: fc.constant({ error: undefined, date: new Date(0) }),
        legacy: fc.constant({ phoneConnected: false }),
      },
      { requiredKeys: [] },
    ),
    fc.boolean(),
  )
  // Baileys emits `qr: undefined` (socket.js), which its own type does not know.
  .map(([update, clears]) => (clears ? Object.assign(update, { qr: undefined }) : update));

/** Everything else that a socket emits while it works. */
const otherEvents = fc.constantFrom<(ev: SupervisedSocket["ev"]) => void>(
  (ev) => ev.emit("messages.upsert", { messages: [], type: "notify" }),
  (ev) => ev.emit("messages.update", [{ key: { id: "m1" }, update: { starred: true } }]),
  (ev) => ev.emit("presence.update", { id: "x@s.whatsapp.net", presences: {} }),
  (ev) => ev.emit("creds.update", { registered: true }),
);

it("an update that does not name a connection changes no state and shows no code", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.oneof(partialUpdates, otherEvents), { maxLength: 8 }),
      async (open, updates) => {
        await using stage = await fakeStage();
        const { supervisor } = stage;
        const [changes, codes] = [record(supervisor.onStateChange), record(supervisor.onQR)];
        const sock = open ? await stage.open() : await stage.socket();
        const { state } = supervisor;
        const before = changes.length;
        for (const update of updates) {
          if (typeof update === "function") update(sock.ev);
          else sock.ev.emit("connection.update", update);
        }

        expect(supervisor.state).toBe(state);
        expect(changes).toHaveLength(before);
        expect(codes).toEqual([]);
      },
    ),
    { numRuns: 50 },
  );
});

it("a state of the connection that Baileys does not have is no state", async () => {
  await using stage = await fakeStage();
  const sock = await stage.open();
  const { state } = stage.supervisor;
  // As a later release of Baileys might.
  const unheardOf = JSON.parse('{ "connection": "napping" }') as Update;
  sock.ev.emit("connection.update", unheardOf);

  expect(stage.supervisor.state).toBe(state);
  expect(stage.supervisor.sock).toBe(sock);
});

it("a connection is open once, however often Baileys says so", async () => {
  await using stage = await fakeStage();
  const opens = record(stage.supervisor.onOpen);
  const sock = await stage.open();
  sock.ev.emit("connection.update", { connection: "open" });

  expect(opens).toHaveLength(1);
  expect(stage.supervisor.metrics().opens).toBe(1);
});
