import { cpus, loadavg } from "node:os";

const [loadBefore = 0] = loadavg();

/** What a result has to be read with. */
export function machine(): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    node: process.version,
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    // What else was going on: above the number of cores, read the ratios and not the rates.
    loadAverage: Number(loadBefore.toFixed(1)),
    platform: `${process.platform} ${process.arch}`,
  };
}
