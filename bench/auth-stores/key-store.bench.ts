// One contact's session is read and written back, as Baileys does for every message; the bytes change each time,
// because SQLite skips pages that did not change and would look several times too fast.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SignalKeyStore, useMultiFileAuthState } from "@whiskeysockets/baileys";
import { afterAll, bench, describe } from "vitest";
import { useMemoryAuthState, useSqliteAuthState } from "@motte/auth-stores";

const folder = await mkdtemp(join(tmpdir(), "motte-bench-"));
const sqlite = await useSqliteAuthState(join(folder, "auth.db"));
const memory = await useMemoryAuthState();
const multiFile = await useMultiFileAuthState(join(folder, "multi-file"));

const stores: readonly (readonly [name: string, keys: SignalKeyStore])[] = [
  ["Baileys' useMultiFileAuthState (not durable, not atomic)", multiFile.state.keys],
  ["useSqliteAuthState (durable at every set)", sqlite.state.keys],
  ["useMemoryAuthState", memory.state.keys],
];

let turn = 0;
/** About the size of a session after a few dozen messages. */
const session = (): never =>
  ({ _sessions: { base: "x".repeat(1_500) }, version: `v${turn++}` }) as never;

afterAll(async () => {
  await sqlite.close();
  await memory.close();
  await rm(folder, { recursive: true });
});

describe("one message at a time: read a session, write it back", () => {
  for (const [name, keys] of stores) {
    bench(name, async () => {
      await keys.get("session", ["100000000000001.0"]);
      await keys.set({ session: { "100000000000001.0": session() } });
    });
  }
});

describe("32 messages at once, each from another contact", () => {
  for (const [name, keys] of stores) {
    bench(name, async () => {
      await Promise.all(
        Array.from({ length: 32 }, async (_, contact) => {
          const id = `10000000000${contact}.0`;
          await keys.get("session", [id]);
          await keys.set({ session: { [id]: session() } });
        }),
      );
    });
  }
});
