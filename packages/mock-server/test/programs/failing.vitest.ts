// Run by vitest in fixtures/failure.test.ts: what a failed test shows of the server.
import { expect } from "vitest";
import { mockTest } from "@motte/mock-server/vitest";

const test = mockTest({ server: { seed: "a failing test" } });

test("fails on purpose", async ({ client, server }) => {
  server.fault("stream-error", { code: 503, skip: 1_000 });
  // oxlint-disable-next-line vitest/no-standalone-expect -- the lint does not know `test` by where it comes from
  expect(client.sock.user).toBe("on purpose");
});
