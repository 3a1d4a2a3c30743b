// Loaded before motte: leaves in a file how much memory the process has had at most, in KiB.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  writeFileSync(process.env.PEAK_FILE ?? "", `${process.resourceUsage().maxRSS}`);
});
