import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { useMultiFileAuthState } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

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
});
