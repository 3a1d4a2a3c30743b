import { child } from "../wire/binary-node.ts";
import type { Lint } from "./lint.ts";

/** Baileys reads the new group out of `<create>` and throws when it is not there (process-message.js). */
export const createdGroup: Lint = {
  name: "created-group",
  check: (stanza) => {
    const news = stanza.tag === "notification" && stanza.attrs["type"] === "w:gp2";
    const created = news ? child(stanza, "create") : undefined;
    if (created === undefined || child(created, "group")) return undefined;
    return "<create> holds no <group>";
  },
};
