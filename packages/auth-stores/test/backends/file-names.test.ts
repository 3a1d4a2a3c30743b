import * as fc from "fast-check";
import { expect, test } from "vitest";
import { escapeName, unescapeName } from "../../src/backends/file/layout.ts";
import { fileOfRecord, recordOfFile } from "../../src/backends/file/names.ts";
import { ownPath } from "../../src/backends/file/places.ts";
import { families } from "../support/arbitraries.ts";

// What use-multi-file-auth-state.js does.
const baileysName = (type: string, id: string): string =>
  `${type}-${id}.json`.replaceAll("/", "__").replaceAll(":", "-");

const digits = fc.stringMatching(/^[1-9][0-9]{0,14}$/);
const domain = fc.constantFrom("", "_1", "_128", "_129");
const device = fc.nat({ max: 99 });
const address = fc.tuple(digits, domain, device).map(([user, at, id]) => `${user}${at}.${id}`);
const group = fc.oneof(
  digits.map((id) => `${id}@g.us`),
  fc.tuple(digits, digits).map(([creator, at]) => `${creator}-${at}@g.us`),
  fc.constant("status@broadcast"),
);
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const jid = fc
  .tuple(digits, fc.option(device), fc.constantFrom("lid", "s.whatsapp.net", "hosted.lid"))
  .map(([user, id, server]) => `${user}${id === null ? "" : `:${id}`}@${server}`);

/** Every id that Baileys makes, by family. */
const GRAMMAR: Record<string, fc.Arbitrary<string>> = {
  "pre-key": fc.integer({ min: 1, max: 16_777_215 }).map(String),
  session: address,
  "identity-key": address,
  "sender-key": fc
    .tuple(group, digits, domain, device)
    .map(([name, user, at, id]) => `${name}::${user}${at}::${id}`),
  "sender-key-memory": group,
  "app-state-sync-key": base64,
  "app-state-sync-version": fc.constantFrom("critical_block", "regular_high", "regular"),
  "lid-mapping": fc.tuple(digits, fc.constantFrom("", "_reverse")).map((parts) => parts.join("")),
  "device-list": digits,
  tctoken: fc.oneof(jid, fc.constant("__index")),
  "contacts-tc-token": jid,
};
const record = fc.oneof(
  ...Object.entries(GRAMMAR).map(([type, ids]) => ids.map((id) => ({ type, id }))),
);

test("every id that Baileys makes keeps Baileys' file name, which leads back to it", () => {
  fc.assert(
    fc.property(record, ({ type, id }) => {
      const file = fileOfRecord({ type, id }, []);
      expect(file).toBe(baileysName(type, id));
      expect(recordOfFile(baileysName(type, id))).toEqual({ type, id });
    }),
    { numRuns: 3000 },
  );
});

test("the families of Baileys are all in the grammar", () => {
  const names = Object.keys(families).filter((type) => type !== "bridge-state");
  expect(names.filter((type) => !(type in GRAMMAR))).toEqual([]);
});

/** Texts close enough to each other and to ids of Baileys to end up in one file. */
const closeText = fc
  .array(fc.constantFrom("a", "A", "1", ":", "-", "_", "/", ".", "@g.us", "memory", "::", "0"), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));
const closeType = fc.constantFrom(
  "sender-key",
  "sender-key-memory",
  "sender",
  "session",
  "t",
  "t-1",
  "tctoken",
  "x y",
  "",
);
const anyRecord = fc.oneof(
  record,
  fc.record({ type: closeType, id: fc.oneof(closeText, fc.string({ unit: "binary" })) }),
);

test("no two records share a file, in Baileys' layout or in ours", () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 2, maxLength: 20 }), (records) => {
      const others: string[] = [];
      const owners = new Map<string, string>();
      for (const { type, id } of records) {
        const file = fileOfRecord({ type, id }, others);
        if (file !== undefined && !(type in GRAMMAR) && !others.includes(type)) others.push(type);
        const name = JSON.stringify([type, id]);
        for (const path of [file, ownPath({ type, id })]) {
          if (path === undefined) continue;
          expect(owners.get(path) ?? name).toBe(name);
          owners.set(path, name);
        }
        expect(file === undefined ? { type, id } : recordOfFile(file, others)).toEqual({
          type,
          id,
        });
      }
    }),
    { numRuns: 2000 },
  );
});

test("our own names differ by more than case, and stay in their folder", () => {
  fc.assert(
    fc.property(anyRecord, anyRecord, (a, b) => {
      const [first, second] = [ownPath(a), ownPath(b)];
      expect(first.toLowerCase() === second.toLowerCase()).toBe(a.type === b.type && a.id === b.id);
      expect(first).toMatch(/^\.auth-store\/records\/[^/\\:]{1,255}$/);
    }),
    { numRuns: 2000 },
  );
});

test("escaping a name is undone exactly", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(unescapeName(escapeName(text))).toBe(text);
    }),
  );
});

test.each([
  "creds.json",
  "creds.json.bak",
  "pre-key-1.json.tmp",
  "pre-key-01.json",
  "pre-key-.json",
  "session-1.json",
  "sender-key-1@g.us.json",
  "sender-key-memory-x.json",
  "app-state-sync-key-abc.json",
  "bridge-state-1.json",
  ".baileys_ex_manifest.json",
])("%s is no record of Baileys", (name) => {
  expect(recordOfFile(name)).toBeUndefined();
});

test.each([
  ["sender-key-memory-123@g.us.json", "sender-key-memory", "123@g.us"],
  ["sender-key-123-456@g.us--1_1--0.json", "sender-key", "123-456@g.us::1_1::0"],
  ["tctoken-1-3@lid.json", "tctoken", "1:3@lid"],
  ["tctoken-__index.json", "tctoken", "__index"],
  ["app-state-sync-key-__a+.json", undefined, undefined],
  ["app-state-sync-key-ab__+.json", "app-state-sync-key", "ab/+"],
])("%s is the file of what Baileys meant", (name, type, id) => {
  const expected = type === undefined ? undefined : { type, id };
  expect(recordOfFile(name)).toEqual(expected);
});
