import type { Stanza } from "../passages/passages.ts";
import { type BinaryNode, attr, children } from "../wire/binary-node.ts";
import type { Fault, FaultTools } from "./fault.ts";
import type { SettingsShape } from "./setting.ts";
import { type StanzaChoice, defineStanzaFault } from "./stanza-fault.ts";

export interface MessageFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  readonly arm: (
    settings: Settings,
    tools: FaultTools,
  ) => {
    /** Whether this message can be hit at all. @defaultValue every one can */
    readonly matches?: (subject: Stanza) => boolean;
    readonly act: (subject: Stanza, pass: (subject: Stanza) => void) => void;
  };
}

/**
 * A fault in what a message on its way to a client is encrypted with. What a phone says to its own clients, like keys
 * and history, is hit only when `match` asks for its `category`.
 */
export function defineMessageFault<Name extends string, Settings extends object>(
  definition: MessageFaultDefinition<Name, Settings>,
): Fault<Name, Settings & StanzaChoice> {
  const { name, summary, settings, arm } = definition;
  return defineStanzaFault<Name, Settings>({
    name,
    summary,
    settings,
    direction: "out",
    match: {
      doc: "which messages; what a phone says to its own clients only by its `category`",
      fallback: { tag: "message" },
    },
    arm: (given, tools, { attrs = {} }) => {
      const { matches = () => true, act } = arm(given, tools);
      return {
        matches: (subject) => {
          const { stanza } = subject;
          const isMeant = attr(stanza, "category") !== "peer" || "category" in attrs;
          return isMeant && encryptedParts(stanza).length > 0 && matches(subject);
        },
        act,
      };
    },
  });
}

/** `<enc>` in the order they are read: in a group the part for this device alone, then the common one. */
export function encryptedParts(message: BinaryNode): readonly BinaryNode[] {
  return message.tag === "message" ? children(message, "enc") : [];
}
