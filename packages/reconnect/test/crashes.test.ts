import { systemClock } from "@motte/core/clock";
import { fileStateStore } from "@motte/reconnect";
import { expect, it } from "vitest";
import { Program } from "./support/program.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

it(
  "connects once, however often its process is killed and started again",
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("state.json");
    const lines: (string | undefined)[] = [];
    for (let run = 0; run < 5; run++) {
      await using bot = new Program("crashing-bot", path);
      lines.push(await bot.line());
    }

    expect(lines).toEqual(["connects", "waits", "waits", "waits", "waits"]);
    expect(await fileStateStore(path).load()).toMatchObject({ connects: [expect.any(Number)] });
  },
);

it("leaves a whole state when it is killed while it saves", { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("state.json");
  const store = fileStateStore(path);
  for (const pauseMs of [0, 7, 31]) {
    await using bot = new Program("saving-bot", path);
    expect(await bot.line()).toBe("saves");
    await systemClock.sleep(pauseMs);
    await bot.kill();

    expect(await store.load()).toMatchObject({ round: expect.any(Number) });
    await store.save({ round: -1 });
  }
});
