import { child } from "../wire/binary-node.ts";
import { type Lint, missing } from "./lint.ts";

/** Clients make their error out of the code and the text of `<error>`. */
export const iqError: Lint = {
  name: "iq-error",
  check: (stanza) => {
    if (stanza.tag !== "iq" || stanza.attrs["type"] !== "error") return undefined;
    const error = child(stanza, "error");
    return error === undefined ? "An error without <error>" : missing(error, ["code", "text"]);
  },
};
