import { afterEach, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { Bot } from "../support/bot.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let server: MockServer;
afterEach(() => server.close());

/** Everything the test does to the server goes over HTTP, as from another process. */
async function ask(path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${server.port}/admin/${path}`, {
    headers: { authorization: "Bearer secret" },
    ...(body === undefined
      ? {}
      : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path} answered ${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}

/** The bot's own code, which knows nothing of the test. */
function answerPings(bot: Bot): void {
  const answer = async (chat: string): Promise<void> => {
    const sock = await bot.open();
    await sock.sendMessage(chat, { text: "pong" });
  };
  bot.supervisor.ev.on("messages.upsert", ({ messages }) => {
    for (const { key, message } of messages) {
      if (message?.conversation === "ping" && key.remoteJid) void answer(key.remoteJid);
    }
  });
}

interface Answer {
  readonly id: string;
  readonly text: string;
  readonly fired: number;
  readonly sequence: number;
  readonly phoneNumber: string;
  readonly deviceJid: string;
}

test("a bot is paired, talked to, thrown out and talked to again, all over HTTP", async () => {
  server = await MockServer.start({ adminToken: "secret" });
  await using folder = await temporaryFolder();
  await using bot = await Bot.start(server, { folder });
  answerPings(bot);

  await ask("accounts", { name: "Bot" });
  const { phoneNumber, deviceJid } = await ask("accounts/Bot/scan", await bot.qr());
  const sock = await bot.open();
  await bot.synced();

  await ask("contacts", { name: "Ana" });
  const { id } = await ask("contacts/Ana/send", { to: phoneNumber, text: "ping" });
  await ask("contacts/Ana/delivered", { id });
  expect((await ask("contacts/Ana/receive", { text: "pong" })).text).toBe("pong");

  const rule = await ask(`devices/${deviceJid}/disconnect`, {
    how: "stream-error",
    settings: { code: 503 },
  });
  expect(rule.fired).toBe(1);
  const { sequence } = await ask("expect", {
    matcher: { tag: "stream:error", attrs: { code: "503" } },
  });
  await ask("expect", { matcher: { tag: "success", direction: "out" }, after: sequence });
  expect(await bot.open()).not.toBe(sock);

  await ask("contacts/Ana/send", { to: phoneNumber, text: "ping" });
  expect((await ask("contacts/Ana/receive", { text: "pong" })).text).toBe("pong");
  expect(bot.heard.map(({ text }) => text)).toEqual(["ping", "ping"]);
});
