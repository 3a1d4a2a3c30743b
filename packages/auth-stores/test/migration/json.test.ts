import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { type MigrationPlan, planMigration } from "@motte/auth-stores/migration";
import { initAuthCreds } from "@whiskeysockets/baileys";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { markedJson, storeBytes } from "../support/stored.ts";

const TAG = Buffer.of(3);

/** The plan for an account with these records of plain JSON. */
async function planOf(type: string, texts: readonly string[]): Promise<MigrationPlan> {
  const place = new MemoryPlace();
  await storeBytes(place, {
    creds: markedJson(initAuthCreds()),
    ops: texts.map((text, at) => {
      const value = Buffer.concat([TAG, Buffer.from(text)]);
      return { op: "put", type, id: String(at), value };
    }),
  });
  const from = { backend: memoryBackend({ place }), sessionId: "default" };
  return planMigration({ from, to: { backend: memoryBackend(), sessionId: "a" } });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const NEAR_JSON = '{}[],:"\\truefalsn0123456789-+.eE \n\u0000é/u'.split("");

/** JSON with a character put in, taken out or replaced, which it may or may not survive. */
const nearJson = fc
  .tuple(
    fc.oneof(fc.jsonValue(), fc.dictionary(fc.string({ maxLength: 4 }), fc.integer())),
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom("", ...NEAR_JSON),
  )
  .map(([value, where, taken, put]) => {
    const text = JSON.stringify(value);
    const at = where % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + taken);
  });

test("a record is corrupt exactly where JSON.parse says that it is no JSON", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(nearJson, { minLength: 30, maxLength: 60 }), async (texts) => {
      const { corrupt } = await planOf("device-list", texts);
      const wanted = texts.flatMap((text, at) => (isJson(text) ? [] : [String(at)]));
      expect(corrupt.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
    }),
    { numRuns: 100 },
  );
});

function deep(depth: number, open: string, close: string): string {
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

const SOUND = [
  ["0", "-0", "10", "-1", "1.5", "1e3", "-2E-2", "true", "false", "null", '""', "{}", "[]"],
  [' {"a" : [ ] } ', '{"\\u0061":"\\n"}', '{"a":{},"b":[[],{}]}', '["é","🔑","\u007f"]'],
  [deep(70, "[", "]"), deep(2_000, "[", "]"), deep(70, '{"a":', "}")],
].flat();
const DAMAGED = [
  ["", "01", "-", "--1", "1.", ".5", "1e", "+1", "tru", "True", "nullx", "NaN", '"', '"a'],
  ["{", "[", "}", "[1", "[1,", "[1,]", "[,1]", "[1}", "[]]", "{}{}", "1 2", "[1 2]", "[1:2]"],
  ['{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "{1:1}", '{"a":1', '{"a":1]', '{"a"1}', '{"a":1"b":2}'],
  ['"\t"', '"\u0000"', '"a"b', "'a'", "\ufeff{}", deep(70, "[", ""), deep(70, '{"a":', "")],
].flat();

test("forms of JSON that nobody writes are told apart from damage, however deep", async () => {
  const { corrupt, families } = await planOf("sender-key-memory", [...SOUND, ...DAMAGED]);
  expect(families).toMatchObject([{ type: "sender-key-memory", records: SOUND.length }]);
  expect(corrupt.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(
    DAMAGED.map((_text, at) => SOUND.length + at),
  );
});

function state(closed: string): string {
  return `{"indexInfo":{"used":1,"closed":${closed}}}`;
}

function sessionOf(...states: readonly string[]): string {
  return `{"_sessions":{${states.map((one, at) => `"${at}":${one}`).join(",")}},"version":"v1"}`;
}

test("a session with two open states is found in whatever way it is written, and no other", async () => {
  const found = [
    sessionOf(state("-1"), state("-1")),
    sessionOf(state("-1"), state("1700000000000"), state("-1")),
    sessionOf(state("-1").replace("closed", "clos\\u0065d"), state("-1")),
    sessionOf(state(" -1"), state("-1.0")),
  ];
  const others = [
    sessionOf(),
    sessionOf(state("-1")),
    sessionOf(state("-1"), state("1700000000000")),
    sessionOf(state("-1"), state("-10")),
    sessionOf(state("-1"), '{"note":"\\"closed\\":-1"}'),
    sessionOf(state("-1"), '{"other":{"closed":-1}}'),
  ];
  const plan = await planOf("session", [...found, ...others]);
  expect(plan).toMatchObject({ verdict: "clean", corrupt: [] });
  expect(plan.findings).toEqual([
    { code: "open-sessions", severity: "warning", count: found.length },
  ]);
});

test("JSON in a family that is looked into is looked into", async () => {
  const mappings = await planOf("lid-mapping", ['"100"', '"200"']);
  expect(mappings.findings).toEqual([{ code: "lid-mapping", severity: "warning", count: 2 }]);
  const [preKeys] = (await planOf("pre-key", ["{}"])).findings;
  expect(preKeys).toMatchObject({ code: "pre-key-pair", count: 1 });
});
