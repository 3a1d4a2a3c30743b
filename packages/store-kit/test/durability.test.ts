import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { availableSqliteDrivers, openSqlite } from "@motte/core/sqlite";
import { openMessageStore } from "@motte/store-kit";
import { lastSaidBeforeSigkill } from "./support/killed-writer.ts";
import { ownKey } from "./support/messages.ts";

test.each(await availableSqliteDrivers())(
  "what recordSent returned from survives SIGKILL, with %s",
  async (driver) => {
    const folder = await mkdtemp(join(tmpdir(), "motte-killed-"));
    const file = join(folder, "messages.db");
    const program = new URL("support/record-and-say.ts", import.meta.url);
    const last = await lastSaidBeforeSigkill(program, [file, driver], 300);

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
);
