// Commits numbered changes to a folder as fast as it can and prints every number once it is durable, until it is killed.
import { type BaileysModule, useFileAuthState } from "@motte/auth-stores";

const [folder = "", start = "0"] = process.argv.slice(2);
// Loading the real one takes longer than everything this program does, and it stores nothing that needs it.
const notNeeded = (): never => {
  throw new Error("the session exists, so this should not be called");
};
const baileys: BaileysModule = {
  initAuthCreds: notNeeded,
  proto: {
    Message: {
      AppStateSyncKeyData: { fromObject: notNeeded, encode: notNeeded, decode: notNeeded },
    },
  },
  DEFAULT_CONNECTION_CONFIG: { makeSignalRepository: notNeeded },
};
const { state, saveCreds } = await useFileAuthState(folder, { baileys });
const { creds, keys } = state;
let next = Number(start);

const print = (line: string): void => void process.stdout.write(`${line}\n`);
print("ready");
await Promise.all(Array.from({ length: 4 }, (_, lane) => writeOn(lane)));

async function writeOn(lane: number): Promise<never> {
  for (;;) {
    const number = next++;
    const id = `${lane}`;
    // Two families in one set: never one without the other.
    await keys.set({
      "lid-mapping": { [id]: `${number}` },
      "device-list": { [id]: [`${number}`, "x".repeat((number % 50) * 2000)] },
    });
    print(`keys ${lane} ${number}`);
    if (number % 5 !== 0) continue;
    creds.accountSyncCounter = Math.max(creds.accountSyncCounter, number);
    await saveCreds();
    print(`creds ${number}`);
  }
}
