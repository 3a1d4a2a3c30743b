import { expect, it } from "vitest";
import * as reconnect from "@motte/reconnect";
import { laws } from "./laws.ts";

const byName = laws.map((law) => [law.name, law] as const);

it.each(byName)("%s", async (_name, { check }) => {
  const checked = (async () => check(reconnect))();

  await expect(checked).resolves.toBeUndefined();
});
