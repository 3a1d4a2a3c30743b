import { systemClock } from "@motte/core/clock";
import { ManualClock } from "@motte/core/manual-clock";
import { expect, it } from "vitest";
import type { SupervisedSocket } from "@motte/reconnect";
import { socketsOn, superviseQuickly, untilOpen } from "./support/bot.ts";
import { fakeStage } from "./support/fake-stage.ts";
import { silentServer } from "./support/silent-server.ts";

const message = { key: { id: "A1", remoteJid: "x@s.whatsapp.net", fromMe: false } };

/** Emits a message from within one of Baileys' buffered functions. */
function emitBuffered({ ev }: SupervisedSocket): Promise<void> {
  const emit = async (): Promise<void> => {
    ev.emit("messages.upsert", { messages: [message], type: "notify" });
  };
  return ev.createBufferedFunction(emit)();
}

/** Flushes while a buffered function runs, and waits until the timer it leaves has fired for nothing. */
async function breakBuffer({ ev }: SupervisedSocket): Promise<void> {
  await ev.createBufferedFunction(async () => void ev.flush())();
  // event-buffer.js: 100 ms, on a clock of its own. Whoever waits for less finds a buffer that is in order.
  await systemClock.sleep(150);
}

function heardOn({ ev }: { readonly ev: SupervisedSocket["ev"] }): string[] {
  const heard: string[] = [];
  ev.on("messages.upsert", ({ messages }) => heard.push(`${messages[0]?.key.id}`));
  return heard;
}

const stanza = { tag: "ib", attrs: {} };

it("lets go of what Baileys' buffer holds though nothing is buffered any more", async () => {
  await using server = await silentServer();
  const clock = new ManualClock();
  await using supervisor = superviseQuickly(socketsOn(server.url), { clock });
  const heard = heardOn(supervisor);
  await supervisor.start();
  const sock = await untilOpen(supervisor);
  await clock.advance(1_000);
  await breakBuffer(sock);
  await emitBuffered(sock);
  await clock.advance(1_000);
  expect(heard).toEqual([]);
  expect(sock.ev.isBuffering()).toBe(true);
  await clock.advance(1_000);

  expect(heard).toEqual(["A1"]);
});

it("mends the buffer after a stanza, before anything is held", async () => {
  await using stage = await fakeStage();
  const { clock, supervisor } = stage;
  const heard = heardOn(supervisor);
  const sock = await stage.open();
  await clock.advance(1_000);
  await breakBuffer(sock);
  sock.ws.emit("frame", stanza);
  await clock.advance(1_000);
  await emitBuffered(sock);

  // By Baileys' own timer, for the supervisor's clock stands still.
  await expect.poll(() => heard).toEqual(["A1"]);
});

it("leaves a buffer alone while stanzas keep coming", async () => {
  await using stage = await fakeStage();
  const { clock, supervisor } = stage;
  const heard = heardOn(supervisor);
  const sock = await stage.open();
  sock.ev.buffer();
  sock.ev.emit("messages.upsert", { messages: [message], type: "append" });
  for (let i = 0; i < 5; i++) {
    await clock.advance(1_000);
    sock.ws.emit("frame", stanza);
  }

  expect(heard).toEqual([]);
});
