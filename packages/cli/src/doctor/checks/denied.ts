import type { StoreCheck } from "../finding.ts";
import { shownPath } from "../../terminal/shown-path.ts";

export const denied: StoreCheck = ({ disk }) =>
  (disk?.denied ?? []).map((path) => ({
    id: "denied",
    severity: "error",
    found: `This user may not read and write ${shownPath(path)}, so no bot of this user's can use the store.`,
    remedy:
      "Run as the user whose store it is, or give it to this one: chown, or remount a read-only disk.",
  }));
