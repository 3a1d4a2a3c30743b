// Commits numbered changes as fast as it can and prints every number once it is durable, until it is killed.
import { openDurable } from "../support/durable-states.ts";

const [kind = "", place = "", start = "0"] = process.argv.slice(2);
const { state, saveCreds } = await openDurable(kind, place);
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
      "device-list": { [id]: [`${number}`, "x".repeat(number % 5000)] },
    });
    print(`keys ${lane} ${number}`);
    if (number % 5 !== 0) continue;
    creds.accountSyncCounter = Math.max(creds.accountSyncCounter, number);
    await saveCreds();
    print(`creds ${number}`);
  }
}
