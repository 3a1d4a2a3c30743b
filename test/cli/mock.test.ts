import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { within } from "../support/bot.ts";
import { startBotProcess } from "../support/echo-bot.ts";
import { startMotte } from "../support/run-motte.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("motte mock plays the phone and a contact for a bot that knows nothing of it", async () => {
  await using folder = await temporaryFolder();
  const server = startMotte(["mock", "--seed", "typed"]);
  const seen: string[] = [];
  const waiting: { readonly pattern: RegExp; readonly resolve: (line: string) => void }[] = [];
  createInterface({ input: server.stdout }).on("line", (line) => {
    seen.push(line);
    for (const { pattern, resolve } of waiting) if (pattern.test(line)) resolve(line);
  });
  const prints = (pattern: RegExp): Promise<string> => {
    const past = seen.find((line) => pattern.test(line));
    if (past !== undefined) return Promise.resolve(past);
    return within(String(pattern), new Promise((resolve) => waiting.push({ pattern, resolve })));
  };

  const url = /ws:\/\/\S+/.exec(await prints(/^listening/))?.[0] ?? "";
  await using bot = startBotProcess(url, folder.path);
  server.stdin.write(`scan ${await bot.qr()}\n`);
  await prints(/^logged in/);
  server.stdin.write("say ping\n");
  expect(await prints(/^the contact got/)).toBe("the contact got: ping");

  server.stdin.write("nonsense\nquit\n");
  const code = await new Promise((resolve) => server.once("close", resolve));
  expect(code).toBe(0);
});
