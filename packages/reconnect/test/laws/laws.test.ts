import { expect, it } from "vitest";
import * as reconnect from "@motte/reconnect";
import { laws } from "./laws.ts";

it.each(laws.map((law) => [law.name, law] as const))("%s", async (_name, { check }) => {
  const checked = (async () => check(reconnect))();

  await expect(checked).resolves.toBeUndefined();
});
