import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { stageWithRust } from "./support/stage.ts";

test("files go both ways through the media host", async () => {
  await using set = await stageWithRust();
  const ana = set.server.contact({ name: "Ana" });
  const [toAna, toRosa] = [randomBytes(100_003), randomBytes(70_001)];

  await set.rust.ask("sendFile", ana.pn, toAna.toString("base64"));
  const received = await ana.receive();
  const document = set.server.media.document(toRosa, { fileName: "map.pdf" });
  const { id } = await ana.send(set.rosa, document);
  await set.rust.hears("file", (message: { readonly id: string }) => message.id === id);
  const downloaded = await set.rust.ask("downloadFile", id);

  expect(set.server.media.download(received.message).equals(toAna)).toBe(true);
  expect(Buffer.from(downloaded, "base64").equals(toRosa)).toBe(true);
  expect(set.rust.complaints).toEqual([]);
});
