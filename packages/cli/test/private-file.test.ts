import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writePrivateFile } from "../src/bundle/private-file.ts";

test("what the disk refuses is said with the file's name and what to do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "motte-private-file-"));
  // Short enough for a name, and too long with what an unfinished file has behind it.
  const file = join(folder, "x".repeat(250));

  await expect(writePrivateFile(file, Buffer.from("x"), async () => {})).rejects.toMatchObject({
    code: "USAGE_UNREADABLE_PATH",
    message: expect.stringMatching(/x cannot be written \(ENAMETOOLONG.*name another place$/),
  });

  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
