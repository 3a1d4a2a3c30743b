import { type Lint, anywhere } from "./lint.ts";

/** The id of a group that is described is the number alone: clients put "@g.us" behind it. One that is left is a JID. */
export const groupId: Lint = {
  name: "group-id",
  check: (stanza) =>
    anywhere(stanza, ({ tag, attrs: { id, subject } }) =>
      tag === "group" && subject !== undefined && id?.includes("@")
        ? "<group> has a whole JID as its id"
        : undefined,
    ),
};
