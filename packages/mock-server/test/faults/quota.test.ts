import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { type FaultStage, faultStage } from "../support/fault-stage.ts";

const DAY_MS = 86_400_000;

/** Writes to somebody, and says what the ack says. */
async function writes({ client, server }: FaultStage, jid: string): Promise<string | undefined> {
  const sent = await client.sock.sendMessage(jid, { text: "hello" });
  await client.roundTrip();
  await client.roundTrip();
  const id = sent?.key.id ?? "";
  const ack = server.journal.find(
    ({ tag, direction, attrs }) => tag === "ack" && direction === "out" && attrs["id"] === id,
  );
  expect(ack).toBeDefined();
  return ack?.attrs["error"];
}

test("an account that is locked writes to those it is in touch with, and to nobody else until the lock ends", async () => {
  await using all = await faultStage();
  const { server, client } = all;
  const [known, stranger] = [server.contact({ name: "Known" }), server.contact({ name: "New" })];
  await writes(all, known.pn);

  server.fault("reachout-timelock", { lockedMs: DAY_MS, type: "BIZ_QUALITY" });

  expect(await writes(all, known.pn)).toBeUndefined();
  expect(await writes(all, stranger.pn)).toBe("463");
  expect(client.notifications("mex")).toHaveLength(1);
  expect(stranger.messages).toEqual([]);
  server.clock.advance(DAY_MS);
  expect(await writes(all, stranger.pn)).toBeUndefined();
});

test("an account that has started all the chats it may starts no other", async () => {
  await using all = await faultStage();
  const { server, client } = all;
  const cappings: unknown[] = [];
  client.sock.ev.on("message-capping.update", (update) => cappings.push(update));
  const [known, stranger] = [server.contact({ name: "Known" }), server.contact({ name: "New" })];
  await writes(all, known.pn);
  server.fault("message-capping", { totalQuota: 5, usedQuota: 4, status: "SECOND_WARNING" });
  expect(await writes(all, server.contact({ name: "Last" }).pn)).toBeUndefined();

  server.fault("message-capping", { totalQuota: 5, usedQuota: 5 });

  expect(await writes(all, stranger.pn)).toBe("463");
  expect(await writes(all, known.pn)).toBeUndefined();
  await client.roundTrip();
  expect(cappings).toMatchObject([
    { capping_status: "SECOND_WARNING" },
    { used_quota: 5, capping_status: "CAPPED" },
  ]);
  const refused = await client.sock.sendMessage(stranger.pn, { text: "again" });
  await client.client.status(refused?.key.id, proto.WebMessageInfo.Status.ERROR);
});
