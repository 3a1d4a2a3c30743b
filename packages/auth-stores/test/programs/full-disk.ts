// Stores numbered records and creds, every third record larger than a limited file may be, and says what became of
// each. After a refusal it waits to be told to go on, and tries the same again.
import { createInterface } from "node:readline";
import { AuthStoreError } from "@motte/auth-stores";
import { openDurable } from "../support/durable-states.ts";

const [kind = "", place = ""] = process.argv.slice(2);
const { state, saveCreds } = await openDurable(kind, place);
const { creds, keys } = state;
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (what: string, found: unknown = {}): void =>
  void process.stdout.write(`${what} ${JSON.stringify(found)}\n`);

print("ready");
await orders.next();
for (let number = 0; ;) {
  const id = `${number}`;
  let step = "keys";
  try {
    await keys.set({
      "lid-mapping": { [id]: id },
      "device-list": { [id]: [id, "x".repeat(number % 3 === 2 ? 300_000 : 1000)] },
    });
    step = "creds";
    creds.accountSyncCounter = number;
    await saveCreds();
    print("stored", number++);
  } catch (error) {
    if (!(error instanceof AuthStoreError)) throw error;
    const { code, retryable, message } = error;
    print("refused", { step, code, retryable, message });
    const mappings = await keys.get("lid-mapping", ["0", id]);
    print("read", [mappings["0"], mappings[id] ?? null]);
    await orders.next();
  }
}
