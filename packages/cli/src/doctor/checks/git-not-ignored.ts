import type { StoreCheck } from "../finding.ts";
import { shownPath } from "../../terminal/shown-path.ts";

export const gitNotIgnored: StoreCheck = ({ git, shown }) =>
  [...git].flatMap(([file, state]) =>
    state === "not-ignored"
      ? [
          {
            id: "git-not-ignored",
            severity: "error",
            found: `${shownPath(file)} is in a git work tree and not ignored: the next commit may publish the account.`,
            remedy: `Name what ${shown} is in .gitignore, or move the store out of the repository.`,
          } as const,
        ]
      : [],
  );
