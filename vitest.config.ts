import { defineConfig } from "vitest/config";

// "@motte/source" makes tests run the TypeScript of every workspace package, so no build comes first.
const conditions = ["@motte/source", "node", "import", "default"];

/** A project inherits the conditions only when it is an object with `extends`, not a bare glob. */
const project = (name: string, root: string, rest: object = {}) => ({
  extends: true as const,
  test: { name, root, ...rest },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Half of a run is waiting for sockets, processes and disks: three files at a time keep two cores busy.
    maxWorkers: 3,
    projects: [
      project("core", "packages/core"),
      project("auth-stores", "packages/auth-stores"),
      project("reconnect", "packages/reconnect"),
      project("store-kit", "packages/store-kit", { testTimeout: 30_000 }),
      project("mock-server", "packages/mock-server", { testTimeout: 30_000 }),
      project("cli", "packages/cli", { testTimeout: 30_000 }),
      project("integration", "test", { testTimeout: 60_000, hookTimeout: 60_000 }),
      project("bench", "bench"),
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      exclude: ["**/index.ts"],
    },
  },
});
