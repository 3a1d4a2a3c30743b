import { children } from "../wire/binary-node.ts";
import { type Lint, anywhere, missing } from "./lint.ts";

/** Without a host there is nowhere to upload to, and every client retries for long before it says so. */
export const mediaHosts: Lint = {
  name: "media-hosts",
  check: (stanza) =>
    anywhere(stanza, (node) => {
      if (node.tag !== "media_conn") return undefined;
      const [first] = children(node, "host");
      if (first === undefined) return "<media_conn> has no <host>";
      return missing(node, ["auth", "ttl"]) ?? missing(first, ["hostname"]);
    }),
};
