import type { NodeRedisClient } from "@motte/core/redis";
import { expect, test } from "vitest";
import { milliseconds, redisKV } from "@motte/store-kit";

function clientOf(sendCommand: NodeRedisClient["sendCommand"]): NodeRedisClient {
  const client: NodeRedisClient = { isOpen: true, isReady: true, on: () => client, sendCommand };
  return client;
}

test("what Redis quotes of a command that it does not know reaches no log", async () => {
  const kv = redisKV(
    clientOf(() =>
      Promise.reject(
        new Error("ERR unknown command 'MGET', with args beginning with: 'devices:4915112345678' "),
      ),
    ),
  );
  const error: unknown = await kv.getMany(["4915112345678"]).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "STORE_KIT_UNAVAILABLE",
    cause: { message: "ERR unknown command 'MGET'" },
  });
  expect(JSON.stringify([String(error), error])).not.toContain("4915112345678");
});

test("a Redis that has stopped answering is not sent ever more that it would have to answer", async () => {
  let sent = 0;
  const answers: ((value: unknown) => void)[] = [];
  const client = clientOf(() => {
    sent += 1;
    return new Promise((resolve) => answers.push(resolve));
  });
  const kv = redisKV(client, { commandTimeout: milliseconds(1) });
  for (let call = 0; call < 20; call++) {
    await expect(kv.getMany(["k"])).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
  }
  expect(sent).toBe(16);
  for (const answer of answers) answer([null, null]);
  await new Promise((resolve) => setImmediate(resolve));
  await expect(kv.getMany(["k"])).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
  expect(sent).toBe(17);
});
