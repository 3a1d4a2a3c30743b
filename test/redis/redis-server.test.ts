import { expect, test } from "vitest";
import { redisCommand, startRedis } from "../support/redis-server.ts";

test("a real Redis starts on a free port, keeps a value and is gone afterwards", async () => {
  const redis = await startRedis();

  expect(await redisCommand(redis.port, "SET motte ground")).toBe("+OK");
  expect(await redisCommand(redis.port, "STRLEN motte")).toBe(":6");

  await redis[Symbol.asyncDispose]();
  await expect(redisCommand(redis.port, "PING")).rejects.toThrow("ECONNREFUSED");
});
