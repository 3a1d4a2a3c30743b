import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { openMessageStore } from "@motte/store-kit";
import { ownKey } from "./support/messages.ts";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const program = fileURLToPath(new URL("support/record-and-say.ts", import.meta.url));

test.each(await availableSqliteDrivers())(
  "what recordSent returned from survives SIGKILL, with %s",
  async (driver) => {
    const folder = await mkdtemp(join(tmpdir(), "motte-killed-"));
    const file = join(folder, "messages.db");
    const child = spawn(
      process.execPath,
      ["--no-warnings", "--import", tsx, "--conditions=@motte/source", program, file, driver],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const exit = once(child, "exit");
    let last = -1;
    for await (const line of createInterface({ input: child.stdout })) {
      last = Number(line);
      if (last === 300) child.kill("SIGKILL");
    }
    expect(await exit).toEqual([null, "SIGKILL"]);

    const database = await openSqlite(file, { driver });
    const check = database.prepare("PRAGMA integrity_check").get();
    database.close();
    expect(check).toEqual({ integrity_check: "ok" });

    await using store = await openMessageStore({ file, driver, account: "bot" });
    expect(last).toBeGreaterThanOrEqual(300);
    for (let count = 0; count <= last; count++) {
      const found = await store.getMessage(ownKey(`ID${count}`));
      expect(found?.conversation).toBe(`text ${count}`);
    }
    await store.close();
    await rm(folder, { recursive: true });
  },
  30_000,
);
