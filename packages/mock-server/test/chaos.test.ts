import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { invariants } from "../src/chaos/invariants/index.ts";
import { repertoire } from "../src/chaos/repertoire.ts";
import { repertoireTable } from "./support/repertoire-table.ts";

async function planOf(seed: string, options = {}): Promise<unknown> {
  await using server = await MockServer.start({ seed });
  using chaos = server.chaos(options);
  return chaos.plan;
}

describe("chaos", () => {
  test("picks the same faults from the same seed, and others from another", async () => {
    expect(await planOf("a")).toEqual(await planOf("a"));
    expect(await planOf("a")).not.toEqual(await planOf("b"));
  });

  test("picks the same from the same seed on every machine", async () => {
    expect(await planOf("golden", { faults: 6 })).toEqual([
      { fault: "duplicate-stanza", times: 1, skip: 0, direction: "out", afterMs: 20 },
      { fault: "reorder-stanzas", times: 1, skip: 2, behind: 2, waitMs: 200 },
      { fault: "coalesce-frames", times: 1, skip: 6, direction: "in" },
      { fault: "unknown-session", times: 1, skip: 0 },
      { fault: "reorder-stanzas", times: 1, skip: 0, behind: 2, waitMs: 200 },
      {
        fault: "delay-stanza",
        times: 1,
        skip: 1,
        match: { tag: "message" },
        direction: "in",
        ms: 15,
      },
    ]);
  });

  test("picks as many faults as it is told, each to fire once", async () => {
    const plan = await planOf("many", { faults: 40 });
    expect(plan).toHaveLength(40);
    expect(plan).toEqual(Array.from({ length: 40 }, () => expect.objectContaining({ times: 1 })));
  });

  test("picks only what is weighted", async () => {
    const plan = await planOf("weights", { faults: 20, weights: { cut: 1, "bad-mac": 0 } });
    expect(plan).toEqual(
      Array.from({ length: 20 }, () => expect.objectContaining({ fault: "cut" })),
    );
  });

  test("is refused before anything is in place when it makes no sense", async () => {
    await using server = await MockServer.start();
    const bad: readonly (readonly [object, string])[] = [
      [{ faults: 0 }, "faults must be a whole number"],
      [{ weights: { cut: -1 } }, 'weight of "cut" must be 0 or more'],
      [{ weights: { cut: 0 } }, "At least one fault must have a weight over 0"],
      [{ weights: { "upgrade-refused-for-ever": 1 } }, "Chaos does not pick"],
      [{ maxRequestsPerSecond: 0 }, "maxRequestsPerSecond must be a whole number"],
      [{ intensity: 1 }, 'has no option "intensity"'],
    ];
    for (const [options, message] of bad) expect(() => server.chaos(options)).toThrow(message);
    expect(server.faults.rules).toEqual([]);
  });

  test("takes its faults away when it is disposed", async () => {
    await using server = await MockServer.start();
    server.chaos()[Symbol.dispose]();
    expect(server.faults.rules).toEqual([]);
  });
});

/** The cells of the README's table between these marks, without the padding that prettier gives them. */
function readmeTable(mark: string): string[][] {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, table = ""] =
    new RegExp(`<!-- ${mark} -->([\\s\\S]*?)<!-- /${mark} -->`).exec(readme) ?? [];
  return cells(table);
}

function cells(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .map((row) => row.split("|").map((cell) => cell.trim().replace(/^-+$/, "-")));
}

describe("the README", () => {
  test("lists what chaos picks from", () => {
    expect(readmeTable("chaos-repertoire")).toEqual(cells(repertoireTable(repertoire)));
  });

  test("lists what chaos checks", () => {
    const rows = invariants.map(({ name, summary }) => ["", `\`${name}\``, summary, ""]);
    expect(readmeTable("chaos-invariants").slice(2)).toEqual(rows);
  });
});
