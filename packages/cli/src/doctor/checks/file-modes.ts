import type { StoreCheck } from "../finding.ts";
import { looseEntries } from "../loose-entries.ts";
import { shownPath } from "../../terminal/shown-path.ts";

export const fileModes: StoreCheck = ({ disk }) => {
  const loose = looseEntries(disk);
  const [first, ...others] = loose;
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return [
    {
      id: "file-modes",
      severity: "warning",
      found: `Other users of this machine may read or write ${shownPath(first.path)}${more}.`,
      remedy: "motte repair takes that right from them (files 0600, folders 0700).",
    },
  ];
};
