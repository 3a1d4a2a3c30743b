// Run by `node --test` in fixtures/failure.test.ts: what a failed test shows of the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mockStage } from "@motte/mock-server/node-test";

void test("fails on purpose", async (t) => {
  const { server } = await mockStage(t, { server: { seed: "a failing test" } });
  server.fault("stream-error", { code: 503, skip: 1_000 });
  assert.fail("on purpose");
});
