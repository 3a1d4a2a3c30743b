import { expect, test } from "vitest";
import { resolveOptions } from "../src/options.ts";
import { ServerParts } from "../src/server-parts.ts";
import { StanzaIds } from "../src/seed/stanza-ids.ts";
import { PartialUploads } from "../src/media/partial-uploads.ts";
import { snapshotParts } from "../src/snapshot/parts.ts";
import { Work } from "../src/snapshot/work.ts";

/** What parts of a server share that is in snapshots, by the parts that hold it. */
const IN_SNAPSHOTS = {
  chatStates: ["chatStates"],
  clock: ["clock"],
  desk: ["pairing"],
  media: ["media"],
  mediaAccess: ["mediaAccess"],
  messageId: ["ids"],
  nextId: ["ids"],
  partialUploads: ["partialUploads"],
  people: ["devices"],
  pictures: ["pictures"],
  props: ["props"],
  random: ["random"],
  world: ["people", "accounts", "groups", "newsletters", "trustedContacts"],
};

/** What is not: how the server was started, who is connected, and what a test looks at. */
const NOT_THE_WORLD = [
  "admission",
  "deviceView",
  "door",
  "endpoint",
  "flawedTrust",
  "journal",
  "limits",
  "logger",
  "logins",
  "passages",
  "realClock",
  "snapshots",
  "strict",
  "tls",
  "trust",
  "unhandled",
  "unheard",
  "work",
];

test("whatever a server keeps is in a snapshot, or known not to be of the world", () => {
  const { context } = new ServerParts(resolveOptions({}));
  const shared = Object.keys(context).filter((name) => !NOT_THE_WORLD.includes(name));

  expect(shared.toSorted()).toEqual(Object.keys(IN_SNAPSHOTS).toSorted());
  expect(Object.keys(snapshotParts(context, new StanzaIds())).toSorted()).toEqual(
    [...new Set(Object.values(IN_SNAPSHOTS).flat())].toSorted(),
  );
});

test("the beginning of a file that was cut off is there when the rest comes", () => {
  const before = new PartialUploads();
  before.keep("token", Buffer.from("begin"));
  const after = new PartialUploads();
  after.keep("another", Buffer.from("x"));
  after.fromSnapshot(before.toSnapshot());

  expect([after.offset("token"), after.offset("another")]).toEqual([5, 0]);
});

test("whoever waits for rest is told when the last one is done, also when that failed", async () => {
  const work = new Work();
  await work.pause();
  let fail: (() => void) | undefined;
  const failing = work.during(
    new Promise<void>((_, reject) => {
      fail = () => reject(new Error("a device failed"));
    }),
  );
  let rested = false;
  const rest = work.pause().then(() => (rested = true));
  const done = work.during(Promise.resolve("done"));

  expect(await done).toBe("done");
  expect([work.busy, rested]).toEqual([true, false]);
  fail?.();
  await expect(failing).rejects.toThrow("a device failed");
  await rest;
  expect(work.busy).toBe(false);
});
