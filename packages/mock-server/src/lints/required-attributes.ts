import { type Lint, missing } from "./lint.ts";

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  message: ["from", "id", "t", "type"],
  notification: ["from", "id", "t", "type"],
  receipt: ["from", "id", "t"],
  ack: ["from", "id", "class"],
  call: ["from", "id", "t"],
  iq: ["from", "id", "type"],
  ib: ["from"],
  presence: ["from"],
  chatstate: ["from"],
  success: ["t", "lid"],
  failure: ["reason"],
};

/** whatsmeow gives up on a stanza without an attribute it asks for (`AttrGetter`), and acknowledges nothing. */
export const requiredAttributes: Lint = {
  name: "required-attributes",
  check: (stanza) => missing(stanza, REQUIRED[stanza.tag] ?? []),
};
