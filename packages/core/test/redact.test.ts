import * as fc from "fast-check";
import { expect, test } from "vitest";
import { silentLogger } from "@motte/core/logger";
import { redactJid, redactNumbers } from "@motte/core/redact";

test("a user id keeps its device, its server and two digits", () => {
  expect(redactJid("5511987654321:3@s.whatsapp.net")).toBe("…21:3@s.whatsapp.net");
  expect(redactJid("120363041234567890@g.us")).toBe("…90@g.us");
  expect(redactJid("status@broadcast")).toBe("status@broadcast");
  expect(redactJid("5511987654321")).toBe("…21");
});

test("no run of seven digits survives redaction", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.bigInt({ min: 0n }).map(String))), (parts) => {
      expect(redactNumbers(parts.join("-"))).not.toMatch(/\d{7}/);
    }),
  );
});

test("the silent logger has silent children", () => {
  expect(silentLogger.child({ part: "x" })).toBe(silentLogger);
  expect(silentLogger.warn({}, "unheard")).toBeUndefined();
});
