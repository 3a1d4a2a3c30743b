import { type AuthStateHandle, openAuthState } from "@motte/auth-stores";
import { memoryBackend } from "@motte/auth-stores/backends/memory";
import { sqliteBackend } from "@motte/auth-stores/backends/sqlite";
import { migrate, multiFileFolder } from "@motte/auth-stores/migration";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { say, signalParty, startSession } from "../support/signal-party.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openAccount, outcomeOfOpening } from "./accounts.ts";

test("a conversation goes on where the account has gone, and not where it was; and back again", async () => {
  await using folder = await temporaryFolder();
  await using sqlite = await sqliteBackend(folder.file("auth.db"));
  await using memory = memoryBackend();
  await using other = await openAuthState({
    backend: memoryBackend(),
    sessionId: "other",
    create: "if-missing",
  });
  using grace = signalParty(other, "200");
  const exchange = async (handle: AuthStateHandle, round: string): Promise<void> => {
    using ada = signalParty(handle, "100");
    expect(await say(ada, grace, `question ${round}`)).toBe(`question ${round}`);
    expect(await say(grace, ada, `answer ${round}`)).toBe(`answer ${round}`);
    await handle.saveCreds();
  };
  {
    await using first = await openAuthState({
      backend: memory,
      sessionId: "a",
      create: "if-missing",
    });
    using ada = signalParty(first, "100");
    await startSession(ada, grace);
    await exchange(first, "1");
  }
  const here = { backend: memory, sessionId: "a" };
  const there = { backend: sqlite, sessionId: "a" };

  await migrate({ from: here, to: there });
  expect(await outcomeOfOpening(memory)).toBe("AUTH_STORE_MIGRATED");
  {
    await using moved = await openAccount(sqlite);
    await exchange(moved, "2");
    await exchange(moved, "3");
  }
  await migrate({ from: there, to: here });
  expect(await outcomeOfOpening(sqlite)).toBe("AUTH_STORE_MIGRATED");
  await using back = await openAccount(memory);
  await exchange(back, "4");
});

test("a folder of Baileys is imported, and the next message of a contact decrypts", async () => {
  await using folder = await temporaryFolder();
  const stock = await useMultiFileAuthState(folder.file("stock"));
  await using other = await openAuthState({
    backend: memoryBackend(),
    sessionId: "other",
    create: "if-missing",
  });
  using grace = signalParty(other, "200");
  {
    // The party takes a handle; of a stock state it uses no more than this.
    const handle = { ...other, state: stock.state };
    using ada = signalParty(handle, "100");
    await startSession(ada, grace);
    expect(await say(ada, grace, "hello")).toBe("hello");
    expect(await say(grace, ada, "hello back")).toBe("hello back");
    await stock.saveCreds();
  }
  const target = memoryBackend();

  const report = await migrate({
    from: multiFileFolder(folder.file("stock")),
    to: { backend: target, sessionId: "a" },
  });
  expect(report).toMatchObject({ corrupt: [], unknown: [], findings: [], sourceMarked: false });
  await using imported = await openAccount(target);
  using ada = signalParty(imported, "100");
  expect(await say(grace, ada, "still there?")).toBe("still there?");
  expect(await say(ada, grace, "yes")).toBe("yes");
});
