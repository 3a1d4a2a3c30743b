import { makeWASocket } from "@whiskeysockets/baileys";
import { ManualClock } from "@motte/core/manual-clock";
import { silentLogger } from "@motte/core/logger";
import { seededRandom } from "@motte/core/random";
import { constant } from "@motte/reconnect";
import { expect, test } from "vitest";
import { credsDigest } from "./creds-digest.ts";
import { cuttingProxy } from "./cutting-proxy.ts";
import type { SupervisedBot } from "./supervised-bot.ts";
import { type SupervisedStage, linkedStage } from "./supervised-stage.ts";

const CUTS = 12;
/** A login and what follows it is a few KiB from the server. */
const MOST_BYTES = 6_000;

test.each(["first", "second", "third"])(
  "a bot whose TCP is cut at random points, by the %s seed, recovers each time, with one socket and no listener left behind",
  async (seed) => {
    await using stage = await linkedStage();
    const { server, phone, contact } = stage;
    const random = seededRandom(seed);
    const plan = Array.from({ length: CUTS }, () => Math.floor(random.next() * MOST_BYTES));
    await using proxy = await cuttingProxy(server, plan);
    const bot = stage.bot({ socket: { waWebSocketUrl: proxy.url } }).start();
    const said: string[] = [];
    const say = async (): Promise<void> => {
      const text = `message ${said.length + 1}`;
      await contact.say(phone, text);
      said.push(text);
    };

    // What is said makes bytes flow, so every connection reaches its cut.
    while (proxy.cuts < CUTS) {
      const { length: heard } = bot.texts;
      const { length: closed } = bot.closes;
      await bot.open();
      await say();
      await bot.until("A message or a close", () => {
        return bot.texts.length > heard || bot.closes.length > closed;
      });
    }
    await bot.open();
    await say();
    await bot.until("The last message", () => bot.texts.includes(said.at(-1) ?? ""));

    expect(bot.closes.length).toBeGreaterThanOrEqual(CUTS);
    expect(bot.gaveUp).toEqual([]);
    expect(bot.internalErrors).toEqual([]);
    expect(bot.mostSocketsAlive).toBe(1);
    expect(server.connections).toHaveLength(1);
    expect(new Set(bot.texts).size).toBe(bot.texts.length);
    await bot.supervisor.stop();
    expect(leftOn(bot)).toEqual(await leftOnBareSockets(stage, bot.sockets.length));
  },
);

/** What the supervisor listens to on the transport. */
const WATCHED = [
  "upgrade",
  "unexpected-response",
  "CB:success",
  "CB:iq,type:set,pair-device",
  "removeListener",
];

function listenersOf({ ws }: { readonly ws: { listenerCount(event: string): number } }): number[] {
  return WATCHED.map((event) => ws.listenerCount(event));
}

function leftOn(bot: SupervisedBot): readonly (readonly number[])[] {
  return bot.sockets.map(listenersOf);
}

/** What Baileys itself leaves on a socket that has ended. */
async function leftOnBareSockets(
  { server, auth }: SupervisedStage,
  count: number,
): Promise<readonly (readonly number[])[]> {
  const sock = makeWASocket({
    ...server.baileysConfig(),
    auth: auth.state,
    logger: silentLogger,
  });
  await sock.waitForSocketOpen();
  await sock.end(undefined);
  return Array.from({ length: count }, () => listenersOf(sock));
}

const REFUSALS = [
  { status: 401, cause: "edge-refused" },
  { status: 403, cause: "edge-refused" },
  { status: 429, cause: "rate-limited" },
  { status: 503, cause: "edge-unavailable" },
] as const;

for (const keepAlive of [false, true]) {
  const how = keepAlive ? "keeps TCP" : "ends TCP";
  test(`an upgrade answered with HTTP 401, 403, 429 or 503 that ${how} closes without any watchdog, touches no credentials and obeys Retry-After`, async () => {
    await using stage = await linkedStage();
    const { server, auth } = stage;
    for (const { status, cause } of REFUSALS) {
      const before = credsDigest(auth);
      const clock = new ManualClock(Date.UTC(2026, 0, 1));
      server.fault("upgrade-status", { status, retryAfter: 7, keepAlive });
      await using bot = stage.bot({
        clock,
        policy: { backoff: constant(20), refused: { max: 5, backoff: constant(20) } },
        socket: { connectTimeoutMs: 60_000 },
      });
      bot.start();
      // Time stands still, so no timeout of the supervisor's can have ended it.
      await bot.until(`The close after ${status}`, () => bot.closes.length === 1);

      expect(bot.closes).toMatchObject([
        { disconnect: { cause, code: status, credentials: "keep", retryAfterMs: 7_000 } },
      ]);
      expect(credsDigest(auth)).toBe(before);
      expect(bot.retries).toMatchObject([{ delayMs: 7_000 }]);
      await clock.advance(6_999);
      expect(bot.sockets).toHaveLength(1);
      await clock.advance(1);
      await bot.open();
      expect(bot.sockets).toHaveLength(2);
      expect(bot.mostSocketsAlive).toBe(1);
      expect(bot.qrs).toEqual([]);
    }
  });
}

test("a self-signed certificate is an error of TLS that says nothing about the login, and is tried again slowly", async () => {
  await using stage = await linkedStage();
  const { server, auth } = stage;
  const before = credsDigest(auth);
  server.fault("tls-certificate", { flaw: "self-signed", times: 2 });
  const bot = stage.bot({
    policy: { backoff: constant(20), refused: { max: 5, backoff: constant(40) } },
    socket: { secure: true },
  });
  bot.start();
  await bot.until("Two closes", () => bot.closes.length === 2);
  expect(credsDigest(auth)).toBe(before);
  await bot.open();

  expect(bot.closes.map(({ disconnect }) => disconnect)).toMatchObject([
    { cause: "tls-error", code: 500, credentials: "keep" },
    { cause: "tls-error", code: 500, credentials: "keep" },
  ]);
  expect(bot.retries).toMatchObject([
    { reason: "refused", delayMs: 40 },
    { reason: "refused", delayMs: 40 },
  ]);
  expect(bot.gaveUp).toEqual([]);
});
