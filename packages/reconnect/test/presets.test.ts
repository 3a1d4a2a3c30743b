import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type DisconnectCause,
  type PresetName,
  type ScriptStep,
  causes,
  presets,
  reconnectPolicy,
  simulate,
} from "@motte/reconnect";
import { delays, presetList, presetTable } from "./support/preset-table.ts";

const names = Object.keys(presets) as PresetName[];
const lost: ScriptStep = { do: "close", because: "socket-closed" };
const shortLife: readonly ScriptStep[] = [
  { do: "open" },
  { do: "close", because: "socket-closed", afterMs: 5_000 },
];
const repeat = (steps: readonly ScriptStep[], times: number): ScriptStep[] =>
  Array.from({ length: times }, () => steps).flat();

describe.each(names)("the preset %s", (name) => {
  const { policy } = presets[name];

  it("is a policy that can be used", () => {
    expect(() => reconnectPolicy(policy)).not.toThrow();
  });

  it("never connects by itself with credentials the server revoked", () => {
    for (const cause of Object.keys(causes) as DisconnectCause[]) {
      if (causes[cause].credentials !== "revoked") continue;
      const script: ScriptStep[] = [{ do: "close", because: cause }, { do: "open" }];
      expect(simulate(policy, script).connects).toBe(1);
    }
  });

  it("never connects during a ban", () => {
    const ban: ScriptStep = { do: "close", because: "temp-banned" };
    const { timeline, connects } = simulate(policy, [ban, { do: "pass", afterMs: 3_599_999 }]);

    expect([connects, timeline.at(-1)?.phase]).toEqual([1, "held"]);
  });
});

describe("what the originals are known for", () => {
  it.each<[PresetName, DisconnectCause, number[]]>([
    ["baileys-example", "replaced", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["guide-fixed", "socket-closed", [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]],
    ["guide-exponential", "socket-closed", [1, 2, 4, 8, 16]],
    ["guide-smart", "stream-unknown", []],
    ["guide-smart", "client-outdated", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["baileys-ex", "restart-required", []],
    ["baileys-ex-restart", "restart-required", [2, 2, 2, 2, 2]],
    ["baileys-ex-restart", "socket-closed", []],
    ["baileys-ex-all", "account-locked", [2, 2, 2, 2, 2]],
    ["elizaos", "socket-closed", [3, 6, 12, 24, 30, 30, 30, 30, 30, 30]],
    ["elizaos", "restart-required", [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]],
    ["elizaos", "client-outdated", []],
    ["milady", "replaced", [3, 6, 12, 24, 48, 60, 60, 60, 60, 60, 60, 60]],
    ["milady", "service-unavailable", []],
    ["wabotjs-documented", "socket-closed", [5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300]],
    ["wabotjs-documented", "failure-unknown", []],
    ["wabotjs-documented", "restart-required", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["wabotjs", "failure-unknown", [5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]],
    ["wabotjs", "client-outdated", []],
  ])("%s, %s again and again: waits %j seconds", (name, cause, expected) => {
    expect(delays(presets[name].policy, cause, 12)).toEqual(expected);
  });

  it("never backing off from a server that closes soon after every open", () => {
    const hasty = simulate(presets["guide-exponential"].policy, repeat(shortLife, 10));
    const own = simulate({}, repeat(shortLife, 10));

    const waits = hasty.timeline.flatMap((entry) => (entry.type === "wait" ? [entry.delayMs] : []));
    expect(new Set(waits)).toEqual(new Set([1_000]));
    expect(own.elapsedMs).toBeGreaterThan(hasty.elapsedMs + 30_000);
  });

  it("being gone for good after an outage of a minute", () => {
    const gone = simulate(presets["guide-exponential"].policy, repeat([lost], 6));

    expect(gone.timeline.at(-1)).toMatchObject({ type: "give-up", atMs: 31_000 });
    expect(simulate({}, repeat([lost], 6)).state.phase).toBe("waiting");
  });

  it("connecting a thousand times in no time, where the budget allows sixty an hour", () => {
    const hammered = simulate(presets["baileys-example"].policy, repeat([lost], 1_000));
    const own = simulate({}, repeat([lost], 1_000));

    expect(hammered).toMatchObject({ connects: 1_000, elapsedMs: 0 });
    expect(own.elapsedMs).toBeGreaterThan(16 * 3_600_000);
  });

  it("not counting a restart that WABotJS documents as uncounted", () => {
    const script: ScriptStep[] = [lost, { do: "close", because: "restart-required" }, lost];
    const { timeline } = simulate(presets["wabotjs-documented"].policy, script);

    expect(timeline.flatMap((entry) => (entry.type === "wait" ? [entry.delayMs] : []))).toEqual([
      5_000, 0, 10_000,
    ]);
  });
});

describe("the README", () => {
  // Prettier pads the cells of a table.
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    .replace(/\n {2}/g, " ")
    .replace(/ +/g, " ")
    .replace(/-{2,}/g, "-");

  it("says what each preset does, as the simulation has it", () => {
    expect(readme).toContain(presetTable().join("\n"));
    expect(readme).toContain(presetList().join("\n"));
  });
});
