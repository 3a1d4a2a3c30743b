import type { StoreCheck } from "../finding.ts";

export const gitNotIgnored: StoreCheck = ({ git, shown }) =>
  [...git].flatMap(([file, state]) =>
    state === "not-ignored"
      ? [
          {
            id: "git-not-ignored",
            severity: "error",
            found: `${file} is in a git work tree and not ignored: the next commit may publish the account.`,
            remedy: `Name what ${shown} is in .gitignore, or move the store out of the repository.`,
          } as const,
        ]
      : [],
  );
