import { type Lint, anywhere } from "./lint.ts";

/** whatsmeow appends `&hash=…` to a direct path, which therefore has to have a query. */
export const directPath: Lint = {
  name: "direct-path",
  check: (stanza) =>
    anywhere(stanza, ({ tag, attrs: { direct_path: path } }) =>
      path === undefined || /^\/[^?]*\?/.test(path)
        ? undefined
        : `<${tag}> has a direct_path that is no path with a query`,
    ),
};
