import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { faultStage } from "../support/fault-stage.ts";
import { tag } from "../support/stanza-client.ts";

test("a request is refused with 429, and the next one is not", async () => {
  await using all = await faultStage();
  const { server, client } = all;
  server.fault("rate-overlimit", { match: { attrs: { xmlns: "w:p" } } });

  await expect(client.roundTrip()).rejects.toMatchObject({ message: "rate-overlimit", data: 429 });
  await client.roundTrip();
});

test("a stream ends with 429", async () => {
  await using all = await faultStage();
  const { server, client } = all;

  server.fault("stream-rate-limit");

  expect(await client.client.closed()).toBe(429);
});

test.each([420, 429, 463, 479])(
  "a message is refused with %i, and nobody gets it",
  async (error) => {
    await using all = await faultStage();
    const { server, client } = all;
    const ana = server.contact();
    server.fault("message-refused", { error });

    const refused = await client.sock.sendMessage(ana.pn, { text: "refused" });
    await client.client.status(refused?.key.id, proto.WebMessageInfo.Status.ERROR);
    await client.sock.sendMessage(ana.pn, { text: "taken" });

    expect(await ana.receive()).toMatchObject({ text: "taken" });
    const [ack] = client.got("ack", ({ attrs }) => attrs["id"] === refused?.key.id);
    expect(ack?.attrs).toMatchObject({ class: "message", from: ana.pn, error: String(error) });
  },
);

test("typing floods in, at once or bit by bit", async () => {
  await using all = await faultStage();
  const { server, phone, client } = all;
  const ana = server.contact();
  await ana.say(phone, "hello");
  server.fault("typing-flood", { count: 500 });
  await client.roundTrip();

  const notices = client.got("chatstate");
  expect(notices).toHaveLength(500);
  expect(new Set(notices.map(({ attrs }) => attrs["from"]))).toEqual(new Set([ana.pn]));
  server.clock.freeze();
  server.fault("typing-flood", { count: 3, everyMs: 1000, from: "1@lid" });
  await client.roundTrip();
  expect(client.got("chatstate")).toHaveLength(501);
  server.clock.advance(10_000);
  await client.roundTrip();
  expect(client.got("chatstate").slice(500)).toEqual(
    ["composing", "paused", "composing"].map((state) => ({
      ...tag("chatstate", { from: "1@lid" }),
      content: [{ ...tag(state), content: undefined }],
    })),
  );
});
