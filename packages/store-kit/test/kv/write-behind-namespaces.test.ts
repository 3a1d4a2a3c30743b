import { expect, test } from "vitest";
import { ManualClock } from "@motte/core/manual-clock";
import { flakyKV } from "@motte/store-kit/testing";
import { memoryKV, writeBehind } from "@motte/store-kit";

test("what one namespace cannot write keeps nothing of the others from the KV, at close neither", async () => {
  const clock = new ManualClock(1_000_000);
  const inner = memoryKV({ clock });
  const written = inner.namespace("good");
  const behind = writeBehind(
    flakyKV(inner, ({ keys }) => (keys.includes("refused") ? "fail" : undefined)),
    { clock, onError: () => {} },
  );
  const put = (name: string, key: string): Promise<void> =>
    behind.namespace(name).write([{ key, value: Buffer.from("x") }]);
  await put("bad", "refused");
  await put("good", "a");
  await expect(behind.flush()).rejects.toMatchObject({ code: "STORE_KIT_UNAVAILABLE" });
  expect((await written.getMany(["a"])).size).toBe(1);
  await put("good", "b");
  const onClose = { rows: 0 };
  const close = inner.close.bind(inner);
  inner.close = async () => {
    onClose.rows = (await written.getMany(["a", "b"])).size;
    await close();
  };
  const closed = behind.close().catch((error: unknown) => error);
  await clock.advance(10_000);
  expect(await closed).toMatchObject({
    code: "STORE_KIT_UNAVAILABLE",
    message: expect.stringMatching(/^1 acknowledged writes could not be made/),
  });
  expect(onClose.rows).toBe(2);
});
