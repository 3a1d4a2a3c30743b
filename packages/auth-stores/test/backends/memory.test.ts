import { MemoryPlace, memoryBackend } from "@motte/auth-stores/backends/memory";
import { type ConformancePlace, testBackend } from "@motte/auth-stores/conformance";
import { describe } from "vitest";
import { runner } from "../support/runner.ts";

describe("the memory backend", () => {
  testBackend(runner, {
    createPlace: async (): Promise<ConformancePlace> => {
      const place = new MemoryPlace();
      return {
        open: async (clock) => memoryBackend({ place, clock }),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
});
