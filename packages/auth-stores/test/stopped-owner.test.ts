import { CleanupStack } from "@motte/core/cleanup";
import { systemClock } from "@motte/core/clock";
import { type AuthStateHandle, AuthStoreError } from "@motte/auth-stores";
import { expect, test } from "vitest";
import { startRedis } from "../../../test/support/redis-server.ts";
import { Program } from "./support/child.ts";
import { openFront } from "./support/fronts.ts";
import { getAny } from "./support/keys.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

test.concurrent.each(["sqlite", "file", "redis"])(
  "a second process is refused, and an owner stopped for longer than its lease writes nothing any more (%s)",
  async (kind) => {
    await using cleanup = new CleanupStack();
    const place =
      kind === "redis"
        ? cleanup.use(await startRedis()).url
        : cleanup.use(await temporaryFolder()).path;
    const program = cleanup.use(Program.start("short-lease-owner", kind, place));
    await program.linesUntil((line) => line === "ready");
    program.tell("first");
    await program.linesUntil((line) => line === "stored");
    await expect(openFront(kind, place, { create: "never" })).rejects.toMatchObject({
      code: "AUTH_STORE_IN_USE",
      owner: expect.stringMatching(/^\d+@/),
    });
    process.kill(program.pid ?? 0, "SIGSTOP");

    // It is not dead, so its lease has to lapse.
    const handle = cleanup.use(await openWhenFree(kind, place));
    expect(await getAny(handle, "lid-mapping", "1")).toBe("first");
    await handle.state.keys.set({ "lid-mapping": { "1": "mine" } });
    process.kill(program.pid ?? 0, "SIGCONT");
    for (const attempt of ["zombie", "zombie again"]) {
      program.tell(attempt);
      await program.linesUntil((line) => line === "AUTH_STORE_FENCED");
    }

    // Read by a new handle: what is stored counts, not what this one remembers.
    await handle.close();
    const again = cleanup.use(await openFront(kind, place, { create: "never" }));
    expect(await getAny(again, "lid-mapping", "1")).toBe("mine");
  },
);

/** Waits until the lease of the owner has lapsed. */
async function openWhenFree(kind: string, place: string): Promise<AuthStateHandle> {
  for (;;) {
    try {
      return await openFront(kind, place, { create: "never" });
    } catch (error) {
      if (!(error instanceof AuthStoreError) || error.expiresInMs === undefined) throw error;
      await systemClock.sleep(error.expiresInMs);
    }
  }
}
