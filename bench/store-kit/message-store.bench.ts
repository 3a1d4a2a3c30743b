// Recording a sent message, and finding it again for a retry receipt, beside a plain Map that forgets on restart.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WAMessage, proto } from "@whiskeysockets/baileys";
import { afterAll, bench, describe } from "vitest";
import { openMessageStore } from "@motte/store-kit";

const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
const store = await openMessageStore({ file: join(folder, "messages.db"), account: "bench" });
const map = new Map<string, WAMessage>();

let turn = 0;
const message = (id: string): WAMessage =>
  proto.WebMessageInfo.fromObject({
    key: { remoteJid: "100000000000001@lid", id, fromMe: true },
    message: { conversation: "a text of an ordinary length, as people write them" },
    messageTimestamp: 1_700_000_000 + turn,
  }) as WAMessage;

const known = message("KNOWN");
store.recordSent(known);
map.set("KNOWN", known);

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

describe("record a sent message", () => {
  bench("Map (lost on restart)", () => {
    const sent = message(`M${turn++}`);
    map.set(`M${turn}`, sent);
  });
  bench("openMessageStore (on disk before the call returns)", () => {
    store.recordSent(message(`S${turn++}`));
  });
});

describe("answer a retry receipt", () => {
  bench("Map", () => void map.get("KNOWN"));
  bench("openMessageStore", async () => void (await store.getMessage(known.key)));
});
