import { causes } from "@motte/reconnect";
import { expect, test } from "vitest";
import { explained } from "../src/explain/explained.ts";
import { COLUMNS } from "../src/terminal/wrap.ts";

test.each(Object.keys(causes))("%s: what it means, what all policies do, what to do", (cause) => {
  const { document, lines } = explained(cause);

  expect(document).toMatchObject({ causes: [{ cause, meaning: expect.any(String) }] });
  expect(lines[0]).toMatch(new RegExp(`^${cause}[ :]`));
  for (const part of ["Motte", "credentials", "what to do", "others"]) {
    expect(lines.some((line) => line.startsWith(`  ${part} `))).toBe(true);
  }
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(COLUMNS);
});

test("no policy connects with credentials that were revoked", () => {
  expect(explained("device-removed").lines.join("\n")).not.toContain("connects again");
});

test("a number with more than one meaning says so, one that is no disconnect says that", () => {
  expect(explained("440").lines[0]).toMatch(/^440 can mean 2 things/);
  expect(explained("463").lines[0]).toMatch(/^Not a disconnect/);
});

test("the message of an error is understood as in a log", () => {
  expect(explained("Stream Errored (conflict)").document).toMatchObject({
    causes: [{ cause: "replaced" }],
  });
  expect(explained("gibberish").document).toMatchObject({ causes: [{ cause: "unknown" }] });
});

test("a cause that is mistyped is not taken for an unknown error", () => {
  expect(() => explained("device-remove")).toThrow(/did you mean "device-removed"\?/);
});
