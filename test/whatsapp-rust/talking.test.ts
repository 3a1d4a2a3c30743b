import { proto } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { stageWithRust } from "./support/stage.ts";

const { READ } = proto.WebMessageInfo.Status;

interface Receipt {
  readonly message_ids: readonly string[];
  readonly type: string;
}

test("texts between a Baileys client and this one are decrypted on both sides", async () => {
  await using set = await stageWithRust();
  const ada = set.server.phone({ name: "Ada" });
  const { bot: baileys, sock } = await set.linkBaileys(ada);

  for (const round of ["one", "two"]) {
    const sent = await sock.sendMessage(set.rosa.pn, { text: `${round} to Rosa` });
    await expect(set.rust.hearsText(sent?.key.id ?? "")).resolves.toMatchObject({
      text: `${round} to Rosa`,
      sender: expect.stringContaining(ada.pn) as string,
      pushName: "Ada",
    });
    const id = await set.rust.ask("say", ada.pn, `${round} to Ada`);
    await expect(baileys.hears(id)).resolves.toMatchObject({ text: `${round} to Ada` });
  }
  expect(set.server.journal.filter(({ attrs }) => attrs["type"] === "retry")).toEqual([]);
  expect(set.rust.complaints).toEqual([]);
});

test("each side is told what became of its messages", async () => {
  await using set = await stageWithRust();
  const ada = set.server.phone({ name: "Ada" });
  const { bot: baileys, sock, hears } = await set.linkBaileys(ada);

  const sent = await sock.sendMessage(set.rosa.pn, { text: "read me" });
  const toRosa = sent?.key.id ?? "";
  await set.rust.hearsText(toRosa);
  await set.rust.ask("markRead", ada.pn, toRosa);
  const toAda = await set.rust.ask("say", ada.pn, "and me");
  await baileys.hears(toAda);
  await sock.readMessages([{ remoteJid: set.rosa.pn, id: toAda }]);

  const about = (type: string) => (receipt: Receipt) =>
    receipt.type === type && receipt.message_ids.includes(toAda);
  await set.rust.hears("receipt", about("Delivered"));
  await set.rust.hears("receipt", about("Read"));
  await hears("messages.update", (updates) =>
    updates.find(({ key, update }) => key.id === toRosa && update.status === READ),
  );
  expect(set.rust.complaints).toEqual([]);
});

test("two clients of one account, of different makes, see what the other has written", async () => {
  await using set = await stageWithRust();
  const { sock } = await set.linkBaileys(set.rosa);
  const ana = set.server.contact({ name: "Ana" });

  const byRust = await set.rust.ask("say", ana.pn, "from the one");
  const byBaileys = await sock.sendMessage(ana.pn, { text: "from the other" });

  await expect(set.rust.hearsText(byBaileys?.key.id ?? "")).resolves.toMatchObject({
    text: "from the other",
    isFromMe: true,
  });
  await expect(ana.receive()).resolves.toMatchObject({ text: "from the one", id: byRust });
  await expect(ana.receive()).resolves.toMatchObject({ text: "from the other" });
  expect(set.rust.complaints).toEqual([]);
  expect(set.rosa.sentMessages.map(({ text }) => text)).toEqual(["from the one", "from the other"]);
});

test("a message that the contact has lost is encrypted anew and sent again", async () => {
  await using set = await stageWithRust();
  const ana = set.server.contact({ name: "Ana" });
  const id = await set.rust.ask("say", ana.pn, "remember me");
  await ana.receive();

  ana.askAgain(id);

  await expect(ana.receive({ where: (message) => message.id === id })).resolves.toMatchObject({
    text: "remember me",
    kind: "pkmsg",
  });
});
