// MOTTE_KILLS: how many kills in all; MOTTE_NIGHTLY=1: 500 for every kind of state.
import { describe, expect, test } from "vitest";
import { crash, describeReport } from "./support/crashes.ts";
import { durablePlace } from "./support/durable-places.ts";
import { MULTI_FILE, durableKinds } from "./support/durable-states.ts";

const NIGHTLY_KILLS = 500;
const KILL_MS = 30_000;

const kinds = await durableKinds();
const nightly = process.env["MOTTE_NIGHTLY"] === "1";
const total = Number(process.env["MOTTE_KILLS"] ?? 60);
const kills = nightly ? NIGHTLY_KILLS : Math.ceil(total / kinds.length);
const report = (line: string): void => void process.stdout.write(`${line}\n`);

describe.concurrent("after SIGKILL at a random moment", () => {
  test.each(kinds)(
    "every acknowledged change is there, whole, and the session opens again at once (%s)",
    async (kind) => {
      await using place = await durablePlace(kind);
      const found = await crash(kind, place, kills);
      report(describeReport(kind, found));
      expect(found).toEqual({ kills, corrupt: 0, lost: 0, torn: 0 });
    },
    kills * KILL_MS,
  );

  // Baileys' own store makes no such promise; its figure stands beside ours.
  test(
    `Baileys' ${MULTI_FILE} goes through the same`,
    async () => {
      await using place = await durablePlace(MULTI_FILE);
      const found = await crash(MULTI_FILE, place, kills);
      report(describeReport(MULTI_FILE, found));
      expect(found.corrupt + found.lost + found.torn).toBeGreaterThanOrEqual(0);
    },
    kills * KILL_MS,
  );
});
