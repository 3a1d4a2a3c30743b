import { renameSync, writeFileSync } from "node:fs";
import { type FileBackendOptions, fileBackend } from "@motte/auth-stores/backends/file";
import { type BreakablePlace, testBackend } from "@motte/auth-stores/conformance";
import { describe } from "vitest";
import { runner } from "../support/runner.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function place(options: FileBackendOptions = {}): Promise<BreakablePlace> {
  const folder = await temporaryFolder();
  const path = folder.file("auth");
  return {
    open: (clock) => fileBackend(path, { sessions: "many", ...options, clock }),
    breakMedium: async () => {
      renameSync(path, folder.file("moved"));
      writeFileSync(path, "not a folder");
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("the file backend", () => {
  testBackend(runner, { createPlace: () => place(), createBreakablePlace: () => place() });
});

describe("the file backend that survives only a killed process", () => {
  testBackend(runner, { createPlace: () => place({ durability: "process" }) });
});
