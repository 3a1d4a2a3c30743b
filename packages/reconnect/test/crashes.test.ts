import { systemClock } from "@motte/core/clock";
import { fileStateStore } from "@motte/reconnect";
import { expect, it } from "vitest";
import { startProgram } from "./support/program.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

it("connects once, however often its process is killed and started again", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("state.json");
  for (const does of ["connects", "waits", "waits", "waits"]) {
    // Disposing of it kills it.
    await using bot = startProgram("crashing-bot.ts", path);
    await bot.prints(does);
    expect(bot.lines).toEqual([does]);
  }
  expect(await fileStateStore(path).load()).toMatchObject({ connects: [expect.any(Number)] });
});

it("leaves a whole state when it is killed while it saves", async () => {
  await using folder = await temporaryFolder();
  const path = folder.file("state.json");
  const store = fileStateStore(path);
  for (const pauseMs of [0, 7, 31]) {
    await using bot = startProgram("saving-bot.ts", path);
    await bot.prints("saves");
    await systemClock.sleep(pauseMs);
    bot.kill("SIGKILL");
    await bot.ended;

    expect(await store.load()).toMatchObject({ round: expect.any(Number) });
    await store.save({ round: -1 });
  }
});
