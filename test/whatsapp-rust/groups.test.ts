import { expect, test } from "vitest";
import { stageWithRust } from "./support/stage.ts";

test("a group of both clients and a contact talks with sender keys", async () => {
  await using set = await stageWithRust();
  const ada = set.server.phone({ name: "Ada" });
  const ana = set.server.contact({ name: "Ana" });
  const { bot: baileys, sock } = await set.linkBaileys(ada);
  const { jid } = set.server.group({ subject: "Harbour", members: [ada, set.rosa, ana] });

  // Twice: the first message of each brings its sender key along, the second is encrypted with it alone.
  for (const round of ["one", "two"]) {
    const byAda = await sock.sendMessage(jid, { text: `${round} of Ada` });
    await set.rust.hearsText(byAda?.key.id ?? "");
    const byRosa = await set.rust.ask("say", jid, `${round} of Rosa`);
    await baileys.hears(byRosa);
    const byAna = await ana.say({ jid }, `${round} of Ana`);
    await set.rust.hearsText(byAna.id);
  }

  expect(set.rust.textsIn(jid)).toEqual(["one of Ada", "one of Ana", "two of Ada", "two of Ana"]);
  expect(ana.messages.map(({ text, kind }) => [text, kind])).toEqual([
    ["one of Ada", "skmsg"],
    ["one of Rosa", "skmsg"],
    ["two of Ada", "skmsg"],
    ["two of Rosa", "skmsg"],
  ]);
  expect(set.server.journal.filter(({ attrs }) => attrs["type"] === "retry")).toEqual([]);
  expect(set.rust.complaints).toEqual([]);
});

test("a group that this client has made is one for Baileys too", async () => {
  await using set = await stageWithRust();
  const ada = set.server.phone({ name: "Ada" });
  const { bot: baileys, sock } = await set.linkBaileys(ada);

  const { id: jid } = await set.rust.ask("createGroup", "Boats", [ada.pn]);
  const welcome = await set.rust.ask("say", jid, "welcome aboard");

  await expect(baileys.hears(welcome)).resolves.toMatchObject({ text: "welcome aboard" });
  await expect(sock.groupMetadata(jid)).resolves.toMatchObject({ subject: "Boats" });
  await expect(set.rust.ask("groupMetadata", jid)).resolves.toMatchObject({ subject: "Boats" });
  expect(set.rust.complaints).toEqual([]);
  expect(set.server.journal.unhandled).toEqual([]);
});
