import type { StoreCheck } from "../finding.ts";
import { shownPath } from "../../terminal/shown-path.ts";

export const gitTracked: StoreCheck = ({ git }) =>
  [...git].flatMap(([file, state]) =>
    state === "tracked"
      ? [
          {
            id: "git-tracked",
            severity: "error",
            found: `${shownPath(file)} is in a git repository, and whoever has that has the account.`,
            remedy:
              "git rm --cached it, ignore it, log the bot out on the phone and pair anew: its history keeps the keys.",
          } as const,
        ]
      : [],
  );
