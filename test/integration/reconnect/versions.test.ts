import type { WAVersion } from "@whiskeysockets/baileys";
import { constant } from "@motte/reconnect";
import { expect, test } from "vitest";
import { credsDigest } from "./creds-digest.ts";
import { QUICK } from "./supervised-bot.ts";
import { linkedStage } from "./supervised-stage.ts";

const QUICK_PROBES = { ...QUICK, outdated: { backoff: constant(60) } };

test("405 twice: the version is refreshed once, and the connection that comes at last has the new one", async () => {
  await using stage = await linkedStage();
  const { server, auth } = stage;
  const before = credsDigest(auth);
  server.fault("failure", { reason: 405, times: 2 });
  const usual = server.baileysConfig().version;
  const newer: WAVersion = [usual[0], usual[1], usual[2] + 1];
  const refused: (WAVersion | undefined)[] = [];
  const versions: (WAVersion | undefined)[] = [];
  const bot = stage.bot({
    policy: QUICK_PROBES,
    version: {
      refresh: async (rejected) => {
        refused.push(rejected);
        return newer;
      },
    },
    factory: (make, { version }) => {
      versions.push(version);
      return make(version && { version });
    },
  });
  bot.start();
  await bot.until("Two refusals", () => bot.closes.length === 2);
  expect(credsDigest(auth)).toBe(before);
  await bot.open();

  expect(bot.closes.map(({ disconnect }) => [disconnect.cause, disconnect.credentials])).toEqual([
    ["client-outdated", "keep"],
    ["client-outdated", "keep"],
  ]);
  expect(refused).toEqual([usual]);
  expect(versions).toEqual([undefined, newer, newer]);
  expect(bot.supervisor.sock?.ws.config.version).toEqual(newer);
  expect(bot.gaveUp).toEqual([]);
});

test("a refresh that finds nothing newer is not repeated in vain: the next tries are rare, and each holds the login", async () => {
  await using stage = await linkedStage();
  const { server } = stage;
  server.fault("failure", { reason: 405, times: 3 });
  const usual = server.baileysConfig().version;
  let refreshes = 0;
  const refresh = async (): Promise<WAVersion> => {
    refreshes++;
    return usual;
  };
  const bot = stage.bot({ policy: QUICK_PROBES, version: { refresh } }).start();
  await bot.open();

  expect(refreshes).toBe(1);
  expect(bot.holds.map(({ needs, credentials }) => [needs, credentials])).toEqual([
    ["version", "keep"],
    ["version", "keep"],
    ["version", "keep"],
  ]);
  const gapsMs = bot.madeAtMs.slice(1).map((atMs, index) => atMs - (bot.madeAtMs[index] ?? 0));
  for (const gapMs of gapsMs) expect(gapMs).toBeGreaterThanOrEqual(59);
});
