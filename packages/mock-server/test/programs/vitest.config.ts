import { defineConfig } from "vitest/config";
import workspace from "../../../../vitest.config.ts";

/** The workspace's resolution, for test files that only other tests run. */
export default defineConfig({
  resolve: workspace.resolve ?? {},
  ssr: workspace.ssr ?? {},
  test: {
    include: ["**/failing.vitest.ts", "**/*.readme.ts"],
    root: import.meta.dirname,
    testTimeout: 45_000,
  },
});
