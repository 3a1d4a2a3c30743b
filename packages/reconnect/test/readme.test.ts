import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { explain, exponential, simulate } from "@motte/reconnect";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("shows the timeline that its example makes", () => {
  const { lines } = simulate({ backoff: exponential({ jitter: "none" }) }, [
    { do: "close", because: "unreachable" },
    { do: "open", afterMs: 400 },
    { do: "close", because: "device-removed", afterMs: 2_000 },
  ]);

  expect(readme).toContain(`\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`);
});

it("shows the explanation that its example prints", () => {
  expect(readme).toContain(`\n\`\`\`text\n${explain(403).text}\n\`\`\`\n`);
});
