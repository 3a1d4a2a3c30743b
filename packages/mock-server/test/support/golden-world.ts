import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { systemClock } from "@motte/core/clock";
import { MockServer, type WorldSnapshot } from "@motte/mock-server";
import { settled } from "./client.ts";
import { quietClient } from "./stanza-client.ts";
import { actNames, perform } from "./world-acts.ts";

const WRITTEN = Date.UTC(2026, 0, 1);

function fileOf(version: number): URL {
  return new URL(`../golden/world-${version}.json.gz`, import.meta.url);
}

/** A snapshot of a small world with something of everything in it, as the release took it that brought this version. */
export function readGolden(version: number): WorldSnapshot {
  return JSON.parse(gunzipSync(readFileSync(fileOf(version))).toString()) as WorldSnapshot;
}

export function writeGolden(snapshot: WorldSnapshot): void {
  writeFileSync(fileOf(snapshot.version), gzipSync(JSON.stringify(snapshot), { level: 9 }));
}

/** The same world, as this release makes it. */
export async function makeGolden(): Promise<WorldSnapshot> {
  await using server = await MockServer.start({ seed: "golden" });
  server.clock.freeze();
  server.clock.set(WRITTEN);
  const phone = server.phone({ name: "bot" });
  for (const n of [2, 1]) {
    for (const name of actNames) await perform({ name, a: 0, b: 1, n }, server);
  }
  await using client = await quietClient(server, phone);
  const ana = server.contact({ name: "Ana" });
  await client.sock.sendMessage(ana.pn, { text: "hi" });
  await ana.receive({ where: ({ text }) => text === "hi" });
  await settled(server, phone);
  await client[Symbol.asyncDispose]();
  while (server.connections.length > 0) await systemClock.sleep(1);
  await ana.say(phone, "waits for the client");
  phone.appState.archive(ana);
  return await server.snapshot();
}

/**
 * The places in a snapshot and what kind of value each has. Names that the data makes, like ids and keys, count as one;
 * so do the elements of a list.
 */
export function shapeOf(
  value: unknown,
  place = "",
  shape = new Set<string>(),
): ReadonlySet<string> {
  if (Array.isArray(value)) {
    for (const each of value) shapeOf(each, `${place}[]`, shape);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      shapeOf(each, `${place}.${/[\d+/=]/.test(name) ? "*" : name}`, shape);
    }
  } else shape.add(`${place}: ${value === null ? "null" : typeof value}`);
  return shape;
}
