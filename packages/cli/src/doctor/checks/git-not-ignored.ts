import type { StoreCheck } from "../finding.ts";
import { shownPath } from "../../terminal/shown-path.ts";

export const gitNotIgnored: StoreCheck = ({ git }) =>
  [...git].flatMap(([file, state]) =>
    state === "not-ignored"
      ? [
          {
            id: "git-not-ignored",
            severity: "error",
            found: `${shownPath(file)} is in a git work tree and not ignored: the next commit may publish the account.`,
            remedy: "Name it in .gitignore, or move it out of the repository.",
          } as const,
        ]
      : [],
  );
