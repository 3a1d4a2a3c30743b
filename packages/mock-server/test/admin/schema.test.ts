import * as fc from "fast-check";
import { hasCode } from "@motte/core/errors";
import { describe, expect, test } from "vitest";
import { nodeForm } from "../../src/admin/forms/nodes.ts";
import { sayingTo } from "../../src/admin/forms/sending.ts";
import { ruleSpec } from "../../src/admin/forms/faults.ts";
import { entryMatch } from "../../src/admin/forms/journal.ts";
import { settingsChange } from "../../src/admin/forms/groups.ts";
import { exactlyOne, notTogether, onlyWith } from "../../src/admin/schema/rules.ts";
import type { Schema } from "../../src/admin/schema/schema.ts";
import { either, list, object, optional, record } from "../../src/admin/schema/shapes.ts";
import { base64, choice, decimal, flag, integer, text } from "../../src/admin/schema/values.ts";
import { compile } from "../support/admin-api.ts";

interface Small {
  readonly text: string;
  readonly count?: number;
  readonly flag?: boolean;
  readonly names?: readonly ("a" | "b")[];
}

const small = object<Small>({
  text: text({ maxLength: 3 }),
  count: optional(integer({ min: -2, max: 2 })),
  flag: optional(flag()),
  names: optional(list(choice(["a", "b"]), { min: 1, max: 2 })),
});

const schemas: readonly (readonly [string, Schema<unknown>])[] = [
  ["text", text({ maxLength: 3 })],
  ["empty text", text({ minLength: 0, maxLength: 2 })],
  ["integer", integer({ min: -2, max: 2 })],
  ["decimal", decimal({ min: 0, max: 1 })],
  ["flag", flag()],
  ["choice", choice(["a", "b"])],
  ["base64", base64()],
  ["list", list(integer({ min: 0, max: 2 }), { min: 1, max: 2 })],
  ["record", record(text({ minLength: 0 }))],
  ["either", either(integer({ min: 1 }), choice(["a"]))],
  ["object", small],
  ["exactlyOne", exactlyOne(object<Partial<Small>>({ ...optionals() }), ["text", "flag"])],
  ["onlyWith", onlyWith(small, ["count", "names"], "flag")],
  ["notTogether", notTogether(small, ["count", "flag"])],
  ["node", nodeForm],
  ["saying", sayingTo],
  ["rule", ruleSpec],
  ["match", entryMatch],
  ["settings", settingsChange],
];

function optionals() {
  return {
    text: optional(text({ maxLength: 3 })),
    count: optional(integer({ min: -2, max: 2 })),
    flag: optional(flag()),
    names: optional(list(choice(["a", "b"]), { min: 1, max: 2 })),
  };
}

const leaf = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "b",
    "AA==",
    "A===",
    "cut",
    "always",
    "image",
    "\u{1F600}\u{1F600}\u{1F600}",
  ),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, 1.5, null, true, false),
);
const fieldNames =
  "text count flag names tag attrs content base64 to location latitude longitude poll question options quoted media kind data fault times skip probability direction announce ephemeral unknown";
const fieldName = fc.constantFrom(...fieldNames.split(" "));
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fieldName, tie("any"), { maxKeys: 4 }),
  ),
})).any;

/** Values that fit by design, so that the law is tried on both sides. */
const fitting = fc.oneof(
  fc.record(
    {
      text: fc.constantFrom("a", "abcd"),
      count: fc.integer({ min: -3, max: 3 }),
      flag: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      to: fc.constantFrom("Bot", ""),
      text: fc.constant("hi"),
      quoted: fc.constant("ID"),
      poll: fc.constant({ question: "q", options: ["a"] }),
      location: fc.record({
        latitude: fc.integer({ min: -91, max: 91 }),
        longitude: fc.constant(0),
      }),
      media: fc.constantFrom({ kind: "image", data: "AA==" }, { kind: "document", data: "AA==" }),
    },
    { requiredKeys: ["to"] },
  ),
  fc.record(
    {
      fault: fc.constant("cut"),
      times: fc.constantFrom(0, 1, "always"),
      probability: fc.constantFrom(-1, 0, 0.5, 2),
      afterMs: fc.nat(),
    },
    { requiredKeys: ["fault"] },
  ),
  fc.record(
    {
      tag: fc.constantFrom("iq", ""),
      attrs: fc.dictionary(fieldName, fc.constantFrom("", "x")),
      content: fc.constantFrom("a", { base64: "AA==" }, { base64: "A" }, [{ tag: "b" }], [{}], 1),
    },
    { requiredKeys: [] },
  ),
);

/** The document leaves it to the catalogue which faults there are. */
function withKnownFault(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("fault" in given)) return given;
  return typeof given.fault === "string" && given.fault !== "" ? { ...given, fault: "cut" } : given;
}

/** Whether it reads the value. What it refuses with has to name the value. */
function reads(schema: Schema<unknown>, given: unknown): boolean {
  try {
    schema.read(given, "value");
    return true;
  } catch (error) {
    const fits = hasCode(error, "HTTP_BAD_REQUEST") && error.message.startsWith("value");
    if (!fits) throw error;
    return false;
  }
}

describe("a schema of the admin API", () => {
  test.each(schemas)("takes what its JSON Schema takes, and nothing else: %s", (_, schema) => {
    const validate = compile(schema.json);
    fc.assert(
      fc.property(fc.oneof(value, fitting).map(withKnownFault), (given) => {
        expect([given, reads(schema, given)]).toEqual([given, validate(given)]);
      }),
      { numRuns: 200 },
    );
  });

  test("reads a field that is called like one every object has", () => {
    expect(() => small.read(JSON.parse('{"text":"a","__proto__":1}'), "body")).toThrow(
      'body has no "__proto__"',
    );
    expect(() => small.read(JSON.parse('{"constructor":"a"}'), "body")).toThrow("constructor");
  });

  test("reads a node that lies as deep as a client would read, and no deeper", () => {
    const nested = (depth: number): object =>
      depth === 1 ? { tag: "leaf" } : { tag: "in", content: [nested(depth - 1)] };

    expect(nodeForm.read(nested(64), "node")).toMatchObject({ tag: "in" });
    expect(() => nodeForm.read(nested(65), "node")).toThrow("deeper than 64");
  });
});
