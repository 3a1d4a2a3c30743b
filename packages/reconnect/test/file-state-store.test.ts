import { chmod, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { fileStateStore } from "@motte/reconnect";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./support/temporary-folder.ts";

describe("a file that keeps the state", () => {
  it("gives back what was saved last", async () => {
    await using folder = await temporaryFolder();
    const store = fileStateStore(folder.file("state.json"));
    expect(await store.load()).toBeUndefined();
    await store.save({ v: 1, text: "first" });
    await store.save({ v: 1, text: "second" });

    expect(await store.load()).toEqual({ v: 1, text: "second" });
    expect(await readdir(folder.path)).toEqual(["state.json"]);
  });

  it("is for its owner only, whatever a killed process has left", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("state.json");
    await writeFile(`${path}.new`, "half a sta");
    await chmod(`${path}.new`, 0o644);
    await fileStateStore(path).save({ v: 1 });

    const { mode } = await stat(path);
    expect(mode & 0o777).toBe(0o600);
  });

  it("says what is wrong with a file that is no JSON, and leaves it", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("state.json");
    await writeFile(path, '{"v":1,"pha');

    await expect(fileStateStore(path).load()).rejects.toMatchObject({
      code: "RECONNECT_STATE_INVALID",
      message: expect.stringContaining(path),
    });
    expect(await readFile(path, "utf8")).toBe('{"v":1,"pha');
  });

  it("does not take a file that it cannot read for one that is not there", async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.file("state.json"));

    await expect(fileStateStore(folder.file("state.json")).load()).rejects.toMatchObject({
      code: "RECONNECT_STATE_UNREADABLE",
    });
  });

  it("says so at once when its folder is missing", async () => {
    await using folder = await temporaryFolder();

    await expect(fileStateStore(folder.file("nowhere/state.json")).load()).rejects.toMatchObject({
      code: "USAGE_UNREADABLE_PATH",
    });
  });

  it("refuses a path that is none", () => {
    expect(() => fileStateStore("")).toThrow("path");
  });
});
