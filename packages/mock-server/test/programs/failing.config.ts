import { defineConfig } from "vitest/config";
import workspace from "../../../../vitest.config.ts";

/** The workspace's resolution, for the one file that fails. */
export default defineConfig({
  resolve: workspace.resolve ?? {},
  ssr: workspace.ssr ?? {},
  test: { include: ["**/failing.vitest.ts"], root: import.meta.dirname },
});
