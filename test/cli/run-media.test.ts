import { spawn } from "node:child_process";
import { once } from "node:events";
import { MockServer } from "@motte/mock-server";
import { expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { program } from "../support/run-bot.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a bot as it is downloads from and uploads to the hosts it knows", async () => {
  await using folder = await temporaryFolder();
  await using server = await MockServer.start({ adminToken: "only-for-the-phone" });
  await using environment = await server.botEnvironment({ offline: true });
  const contact = server.contact({ name: "Grace" });
  const picture = Buffer.from("not really a picture");
  server.onLogin(({ phone }) => {
    // It names a path and no host, so the bot fetches it from mmg.whatsapp.net.
    void contact.send(phone, server.media.image(picture));
  });
  const bot = spawn(process.execPath, [program("media-bot.mjs")], {
    cwd: folder.path,
    env: environment.variables,
    stdio: "ignore",
  });

  const { message } = await within("The picture", contact.receive({ timeoutMs: 60_000 }));
  expect(server.media.download(message)).toEqual(picture);

  bot.kill();
  await once(bot, "exit");
});
