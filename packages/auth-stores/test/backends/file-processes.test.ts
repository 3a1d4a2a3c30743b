import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AuthStateHandle, AuthStoreError, useFileAuthState } from "@motte/auth-stores";
import { systemClock } from "@motte/core/clock";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { Program } from "../support/child.ts";
import { getAny } from "../support/keys.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("an owner that was stopped for longer than its lease finds itself replaced and writes nothing", async () => {
  await using folder = await temporaryFolder();
  await using program = Program.start("file-owner", folder.path);
  await program.linesUntil((line) => line === "ready");
  program.tell("1");
  await program.linesUntil((line) => line === "stored");
  process.kill(program.pid ?? 0, "SIGSTOP");

  // It is not dead, so its lease has to lapse.
  await using handle = await openWhenFree(folder.path);
  expect(await getAny(handle, "lid-mapping", "1")).toBe("1");
  await handle.state.keys.set({ "lid-mapping": { "2": "mine" } });
  process.kill(program.pid ?? 0, "SIGCONT");
  program.tell("zombie");
  await program.linesUntil((line) => line === "AUTH_STORE_FENCED");

  expect(await getAny(handle, "lid-mapping", "1")).toBe("1");
  await handle.state.keys.set({ "lid-mapping": { "1": "mine" } });
  await handle.close();
  await using again = await useFileAuthState(folder.path, { create: "never" });
  expect(await getAny(again, "lid-mapping", "1")).toBe("mine");
}, 20_000);

async function openWhenFree(folder: string): Promise<AuthStateHandle> {
  let refusals = 0;
  for (;;) {
    try {
      const handle = await useFileAuthState(folder, { create: "never" });
      expect(refusals).toBeGreaterThan(0);
      return handle;
    } catch (error) {
      if (!(error instanceof AuthStoreError) || error.expiresInMs === undefined) throw error;
      refusals += 1;
      await systemClock.sleep(error.expiresInMs);
    }
  }
}

test("a process that may open 256 files loses and hides nothing", async () => {
  await using folder = await temporaryFolder();
  const program = fileURLToPath(new URL("../programs/file-descriptors.ts", import.meta.url));
  const node = ["--import", "tsx", "--conditions=@motte/source", program, folder.file("auth")];
  const { stdout } = await promisify(execFile)("/bin/sh", [
    "-c",
    'ulimit -n 256 && exec "$0" "$@"',
    process.execPath,
    ...node,
  ]);

  expect(stdout.trim().split("\n")).toEqual([
    "812 found",
    "many files opened, then EMFILE",
    "AUTH_STORE_UNAVAILABLE",
    "AUTH_STORE_UNAVAILABLE",
    "812 found",
    "closed",
  ]);
  const { state } = await useMultiFileAuthState(folder.file("auth"));
  const {
    "1": one,
    "812": last,
    "813": added,
  } = await state.keys.get("device-list", ["1", "812", "813"]);
  expect([one, last, added]).toEqual([["1"], ["812"], ["813"]]);
}, 30_000);
