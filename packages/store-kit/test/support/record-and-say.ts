/** Records messages without end and prints the number of each once it is recorded, until it is killed. */
import { openMessageStore } from "@motte/store-kit";
import { say } from "./say.ts";

const [, , file = "", driver] = process.argv;
const store = await openMessageStore({
  file,
  account: "bot",
  ...(driver === "node:sqlite" || driver === "better-sqlite3" ? { driver } : {}),
});
for (let count = 0; ; count++) {
  store.recordSent({
    key: { remoteJid: "5511999@s.whatsapp.net", fromMe: true, id: `ID${count}` },
    message: { conversation: `text ${count}` },
  });
  say(`${count}`);
}
