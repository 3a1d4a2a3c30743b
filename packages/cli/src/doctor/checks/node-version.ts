import type { MachineCheck } from "../finding.ts";

/** The oldest releases that Motte and Baileys run on; see `engines` of the packages. */
const OLDEST: ReadonlyMap<number, number> = new Map([
  [20, 19],
  [22, 12],
]);

export const nodeVersion: MachineCheck = ({ node }) => {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const oldestMinor = OLDEST.get(major);
  const fits = oldestMinor === undefined ? major > 22 : minor >= oldestMinor;
  if (fits) return [];
  return [
    {
      id: "node-version",
      severity: "error",
      found: `Node ${node} is not one that Motte and Baileys run on.`,
      remedy: "Install Node 20.19 or later, or 22.12 or later.",
    },
  ];
};
