import { expect, test } from "vitest";
import { MockServer } from "@motte/mock-server";
import { makeGolden, readGolden, shapeOf, writeGolden } from "./support/golden-world.ts";

// A world that changed its form on purpose has a new VERSION, in src/snapshot/world-snapshot.ts, and a new file:
// WRITE_GOLDEN_SNAPSHOT=1 writes it.
const VERSION = 1;
if (process.env["WRITE_GOLDEN_SNAPSHOT"] === "1") writeGolden(await makeGolden());

test("a snapshot that was taken by the release that brought this version is restored, down to the last byte", async () => {
  const golden = readGolden(VERSION);

  await using server = await MockServer.start({ restore: golden });

  expect(await server.snapshot()).toEqual(golden);
});

test("a world that was stored goes on: its people remember, and go on talking", async () => {
  await using server = await MockServer.start({ restore: readGolden(VERSION) });
  const ana = server.contact({ name: "Ana" });
  const ben = server.contact({ name: "Ben" });

  expect(server.phone({ name: "bot" }).companions).toMatchObject([{ device: 1, connected: false }]);
  expect(ana.messages.map(({ text }) => text)).toContain("hi");
  expect(server.groups.length).toBeGreaterThan(0);
  await ana.say(ben, "still here");
  expect(await ben.receive({ where: ({ text }) => text === "still here" })).toBeDefined();
});

test("a world has the form now that it had in the release that brought this version", async () => {
  const now = await makeGolden();

  expect(now.version).toBe(VERSION);
  expect([...shapeOf(now)].toSorted()).toEqual([...shapeOf(readGolden(VERSION))].toSorted());
});
