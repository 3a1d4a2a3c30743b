import { describe, expect, test } from "vitest";
import { faultStage } from "../support/fault-stage.ts";

describe("several faults of one kind", () => {
  test("that compress each take a stanza of their own", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    const rules = [server.fault("compressed-stanza"), server.fault("compressed-stanza")];

    await client.roundTrip();
    expect(rules.map(({ fired }) => fired)).toEqual([1, 0]);
    await client.roundTrip();
    expect(rules.map(({ fired }) => fired)).toEqual([1, 1]);
  });

  test("hit pieces of a frame that are shorter than its length", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    server.fault("split-frame", { bytes: 2 });
    const rule = server.fault("oversized-frame");

    const answer = client.sock.query(
      { tag: "iq", attrs: { to: "s.whatsapp.net", type: "get", xmlns: "w:p" } },
      500,
    );
    await Promise.all([
      expect(answer).rejects.toMatchObject({ output: { statusCode: 408 } }),
      rule.whenFired(),
    ]);
    expect(server.connections).toHaveLength(1);
  });

  test("gather frames one after the other", async () => {
    await using all = await faultStage();
    const { server, client } = all;
    server.clock.freeze();
    const rule = server.fault("coalesce-frames", { ms: 10, times: 2 });

    for (const round of [1, 2]) {
      const answers = [client.roundTrip(), client.roundTrip(), client.roundTrip()];
      const before = server.journal.filter(
        ({ direction, attrs }) => direction === "out" && attrs["type"] === "result",
      ).length;
      await server.expect(
        { direction: "out", tag: "iq", attrs: { type: "result" } },
        { count: before + 3 },
      );
      server.clock.advance(10);
      await Promise.all(answers);
      expect(rule.fired).toBe(round);
    }
  });
});
