import { expect, test } from "vitest";
import { bindStores } from "@motte/store-kit";
import { everyPart, eventBuffer } from "./support/bound-stores.ts";
import { openSpool, pastOf, sendHistory, storedOf } from "./support/history.ts";
import { LID } from "./support/messages.ts";

test("history that comes while the spool is being shrunk is taken in, too", async () => {
  await using set = await everyPart();
  using spool = await openSpool();
  const ev = eventBuffer();
  const scrub = spool.scrub.bind(spool);
  let shrunk = 0;
  spool.scrub = async () => {
    const isClean = await scrub();
    if (shrunk++ === 0) sendHistory(ev, pastOf(LID, 3, { from: 5 }));
    return isClean;
  };
  const binding = bindStores({ ev }, set.parts, { ...set.bind, spool, durableHistory: true });
  sendHistory(ev, pastOf(LID, 5));

  expect(await binding.drain()).toEqual({ drained: true });
  expect(storedOf(set.parts, LID)).toHaveLength(8);
  expect(shrunk).toBe(2);
});
