import { ManualClock } from "@motte/core/manual-clock";
import { expect, test } from "vitest";
import { PartialUploads } from "../src/media/partial-uploads.ts";
import { MediaStore } from "../src/media/store.ts";

const file = (name: string, length: number): Buffer => Buffer.alloc(length, name);

test("the oldest files make way when there is no room, those that have expired first", () => {
  const store = new MediaStore(new ManualClock(0), 100);
  const a = store.add("image", file("a", 40));
  const b = store.add("image", file("b", 40));
  store.expire(b.token);

  const c = store.add("image", file("c", 30));
  expect(store.restore(b.token)).toBeUndefined();
  expect(store.files).toEqual([a, c]);

  const d = store.add("image", file("d", 50));
  expect(store.files).toEqual([c, d]);
  expect(store.find(a.token)).toBe("expired");
});

test("a file too large for the whole store is kept until the next one comes", () => {
  const store = new MediaStore(new ManualClock(0), 10);
  const large = store.add("video", file("l", 20));
  expect(store.find(large.token)).toBe(large);

  const next = store.add("video", file("n", 5));
  expect(store.files).toEqual([next]);
});

test("a file that was uploaded twice takes room once", () => {
  const store = new MediaStore(new ManualClock(0), 100);
  const kept = store.add("image", file("k", 40));
  for (let times = 0; times < 5; times++) store.add("image", file("same", 50));

  expect(store.files).toHaveLength(2);
  expect(store.find(kept.token)).toBe(kept);
});

test("what was removed cannot be restored, what has expired can", () => {
  const store = new MediaStore(new ManualClock(0));
  const { token } = store.add("image", file("a", 1));
  expect(store.expire(token)).toBe(true);
  expect(store.expire(token)).toBe(false);
  expect(store.restore(token)?.bytes).toEqual(file("a", 1));

  store.remove(token);

  expect(store.restore(token)).toBeUndefined();
  expect(store.find(token)).toBe("expired");
  expect(store.find("never")).toBe("unknown");
});

test("beginnings of files make way for new ones, the oldest first, and only the longest of a file is kept", () => {
  const uploads = new PartialUploads(100);
  uploads.keep("a", file("a", 40));
  uploads.keep("b", file("b", 40));
  uploads.keep("a", file("a", 10));
  uploads.keep("c", file("c", 30));

  expect(["a", "b", "c"].map((token) => uploads.offset(token))).toEqual([0, 40, 30]);
  expect(uploads.beginning("b", 10)).toEqual(file("b", 10));
  expect(uploads.beginning("b", 41)).toBeUndefined();
  expect(uploads.beginning("b", Number.NaN)).toBeUndefined();
  expect(uploads.beginning("a", 0)).toEqual(Buffer.alloc(0));
});
