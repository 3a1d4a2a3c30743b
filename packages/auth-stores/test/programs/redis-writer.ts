// Commits numbered changes to Redis as fast as it can and prints every number once it is acknowledged.
import { type BaileysModule, useRedisAuthState } from "@motte/auth-stores";

const [url = "", start = "0"] = process.argv.slice(2);
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
const { state, saveCreds } = await useRedisAuthState(url, { baileys, create: "never" });
const { creds, keys } = state;

process.stdout.write("ready\n");
for (let number = Number(start); ; number++) {
  // Two families in one set: never one without the other.
  await keys.set({
    "lid-mapping": { "1": `${number}` },
    "device-list": { "1": [`${number}`, "x".repeat(number % 5000)] },
  });
  process.stdout.write(`keys ${number}\n`);
  if (number % 5 !== 0) continue;
  creds.accountSyncCounter = number;
  await saveCreds();
  process.stdout.write(`creds ${number}\n`);
}
