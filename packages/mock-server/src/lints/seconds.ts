import { type Lint, anywhere } from "./lint.ts";

/** `t` is a time in seconds. Milliseconds would be a date in the far future, which no client questions. */
export const seconds: Lint = {
  name: "seconds",
  check: (stanza) =>
    anywhere(stanza, ({ tag, attrs: { t } }) =>
      t === undefined || /^\d{1,10}$/.test(t) ? undefined : `<${tag}> has a "t" that is no seconds`,
    ),
};
