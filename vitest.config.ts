import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { MixedOrder } from "./tools/vitest/mixed-order.ts";

// "@motte/source" makes tests run the TypeScript of every workspace package, so no build comes first.
const conditions = ["@motte/source", "node", "import", "default"];

/** A project inherits the conditions only when it is an object with `extends`, not a bare glob. */
const project = (
  name: string,
  root: string,
  options: { readonly isolate?: boolean; readonly setupFiles?: string[] } = {},
) => ({
  extends: true as const,
  test: { name, root, ...options },
});

// Where no file leaves anything behind for the next, Baileys is imported once per worker and not once per file, which is
// half of the time.
const together = { isolate: false };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Half of a run is waiting for sockets, processes and disks: four files at a time keep two cores busy.
    maxWorkers: 4,
    sequence: { sequencer: MixedOrder },
    // For what hangs, not for what is slow: no test here is about speed. What a test waits for has a limit of its own,
    // which says more than this one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 40_000 } },
    setupFiles: [fileURLToPath(new URL("tools/vitest/same-cases.ts", import.meta.url))],
    projects: [
      project("core", "packages/core", together),
      project("auth-stores", "packages/auth-stores"),
      project("reconnect", "packages/reconnect", together),
      project("store-kit", "packages/store-kit", together),
      project("mock-server", "packages/mock-server", {
        ...together,
        setupFiles: [
          fileURLToPath(new URL("packages/mock-server/test/support/patience.ts", import.meta.url)),
        ],
      }),
      project("cli", "packages/cli", together),
      project("integration", "test"),
      project("bench", "bench", together),
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      exclude: ["**/index.ts"],
    },
  },
});
