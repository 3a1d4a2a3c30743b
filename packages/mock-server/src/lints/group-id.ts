import { type Lint, anywhere } from "./lint.ts";

/** `<group id>` is the number alone: clients put "@g.us" behind it. */
export const groupId: Lint = {
  name: "group-id",
  check: (stanza) =>
    anywhere(stanza, ({ tag, attrs: { id } }) =>
      tag === "group" && id?.includes("@") ? "<group> has a whole JID as its id" : undefined,
    ),
};
