import { afterAll, beforeAll, expect, test } from "vitest";
import type { BotProgram } from "./bot-program.ts";
import { type ProcessStage, processStage } from "./process-stage.ts";

interface Phase {
  readonly name: string;
  readonly settings?: object;
  /** Brings the bot there. */
  readonly reach: (bot: BotProgram, stage: ProcessStage) => Promise<unknown>;
  readonly before?: (stage: ProcessStage) => void;
}

const phases: readonly Phase[] = [
  { name: "before it connects", reach: (bot) => bot.prints("starts") },
  {
    name: "while it connects",
    before: ({ server }) => void server.fault("accept-silent", { times: "always" }),
    reach: (bot) => bot.prints("connects"),
  },
  {
    name: "in the middle of a login",
    before: ({ server }) => void server.fault("noise-no-hello", { times: "always" }),
    reach: async (bot, { server }) => {
      await bot.prints("connects");
      await expect.poll(() => server.connections.length, { timeout: 60_000 }).toBe(1);
    },
  },
  { name: "while it is open", reach: (bot) => bot.prints("becomes", { phase: "open" }) },
  {
    name: "in the middle of a slow save",
    settings: { saveMs: 1_000 },
    reach: (bot) => bot.prints("begins to save"),
  },
  {
    name: "on an open connection that has gone silent",
    before: ({ server }) => void server.fault("half-open", { on: { tag: "presence" } }),
    reach: (bot) => bot.prints("becomes", { phase: "open" }),
  },
  {
    name: "while it waits for its next try",
    settings: { backoffMs: 60_000 },
    before: ({ server }) => void server.fault("upgrade-status", { status: 503, times: "always" }),
    reach: (bot) => bot.prints("retries", { reason: "back-off" }),
  },
  {
    name: "while it is held by a ban",
    before: ({ server }) => {
      server.fault("failure", { reason: 402, attrs: { code: "101", expire: "60" } });
    },
    reach: (bot) => bot.prints("holds", { cause: "temp-banned" }),
  },
];

let stage: ProcessStage;

beforeAll(async () => {
  stage = await processStage();
  await stage.link();
});

afterAll(() => stage[Symbol.asyncDispose]());

for (const [index, { name, settings, before, reach }] of phases.entries()) {
  test(`SIGTERM ${name}: the process ends by itself with 0, soon, and the login is whole`, async () => {
    before?.(stage);
    // What one of them waits for is not the next one's.
    await using bot = stage.start({ stateFile: `${index}.json`, ...settings });
    await reach(bot, stage);

    bot.signal("SIGTERM");
    // It would be 1 if stopping had taken longer than saving the credentials may, 10 s.
    expect(await bot.ended).toBe(0);
    const saves = bot.lines.filter(({ what }) => what === "begins to save").length;
    expect(bot.lines.filter(({ what }) => what === "has saved")).toHaveLength(saves);
    stage.server.faults.clear();
    await stage.logIn();
  });
}

test("SIGTERM while it shows a QR code, and in the middle of the pairing: what has been saved is whole", async () => {
  await using unlinked = await processStage();
  const { phone } = unlinked;
  const first = unlinked.start();
  await first.prints("shows");
  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);

  const second = unlinked.start({ saveMs: 500 });
  const { qr } = await second.prints("shows");
  await phone.scan(String(qr));
  await second.prints("begins to save");
  second.signal("SIGTERM");
  expect(await second.ended).toBe(0);
  await unlinked.logIn();
});
