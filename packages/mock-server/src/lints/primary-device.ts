import { type Lint, anywhere } from "./lint.ts";

/** Device 0 is the bare JID: a device number of 0 makes a different address in some decoders. */
export const primaryDevice: Lint = {
  name: "primary-device",
  check: (stanza) =>
    anywhere(stanza, ({ tag, attrs }) => {
      const zero = Object.keys(attrs).find((name) => /^[^@:]+:0@/.test(attrs[name] ?? ""));
      return zero && `<${tag}> writes device 0 out in "${zero}"`;
    }),
};
