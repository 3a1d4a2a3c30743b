import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { startBotProcess } from "../support/echo-bot.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A process takes a few seconds to start, and longer on a machine that does much else at once. */
const STARTED = { timeoutMs: 100_000 };

test("the front page's bot, killed again and again in the middle of traffic, keeps its login and answers", async () => {
  await using folder = await temporaryFolder();
  await using server = await MockServer.start();
  const phone = server.phone({ name: "Ada" });
  const contact = server.contact({ name: "Grace" });
  {
    await using first = startBotProcess(server.url, folder.path);
    await phone.scan(await first.qr(), STARTED);
    await contact.say(phone, "linked?");
    await contact.receive({ ...STARTED, where: ({ text }) => text === "linked?" });
  }

  for (let round = 1; round <= 4; round++) {
    await using bot = startBotProcess(server.url, folder.path);
    for (let number = 1; number <= 10; number++) await contact.say(phone, `${round}.${number}`);
    await contact.receive({ ...STARTED, where: ({ text }) => text === `${round}.${round * 2}` });
    expect(await bot.kill("SIGKILL")).toBe("SIGKILL");
  }

  await using last = startBotProcess(server.url, folder.path);
  await contact.say(phone, "still there?");
  await expect(
    contact.receive({ ...STARTED, where: ({ text }) => text === "still there?" }),
  ).resolves.toMatchObject({ from: phone.pn });
  expect(phone.companions).toHaveLength(1);
  expect(await last.kill("SIGKILL")).toBe("SIGKILL");
}, 400_000);
