import { expect, test } from "vitest";
import { MotteError, UsageError, hasCode } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";

class ExampleError extends MotteError<"EXAMPLE_BROKEN"> {}

test("an error carries its code, cause, name and whether to try again", () => {
  const error = new ExampleError("EXAMPLE_BROKEN", "It broke", { cause: 1, retryable: true });

  expect(error).toMatchObject({ name: "ExampleError", cause: 1, retryable: true });
  expect(new ExampleError("EXAMPLE_BROKEN", "It broke").retryable).toBe(false);
});

test("a code is recognised whichever copy of the package threw the error", () => {
  expect(hasCode(Object.assign(new Error("x"), { code: "EXAMPLE_BROKEN" }), "EXAMPLE_BROKEN")).toBe(
    true,
  );
  expect(hasCode(new Error("x"), "EXAMPLE_BROKEN")).toBe(false);
  expect(hasCode({ code: "EXAMPLE_BROKEN" }, "EXAMPLE_BROKEN")).toBe(false);
});

test("an unknown option is refused by name, with the known ones", () => {
  expect(() => assertKnownOptions("open()", { prot: 1 }, ["port", "host"])).toThrow(
    new UsageError("USAGE_UNKNOWN_OPTION", 'open() has no option "prot"; it takes port, host'),
  );
  expect(() => assertKnownOptions("open()", { port: 1 }, ["port", "host"])).not.toThrow();
});

test.each([0, 65_535])("%s is accepted as a port", (value) => {
  expect(integerOption("port", value, { min: 0, max: 65_535 })).toBe(value);
});

test.each([65_536, -1, 1.5, Number.NaN])("%s is refused as a port", (value) => {
  expect(() => integerOption("port", value, { min: 0, max: 65_535 })).toThrow(
    `port must be a whole number from 0 to 65535, not ${value}`,
  );
});
