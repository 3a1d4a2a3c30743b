import type { ServerContext } from "../context.ts";
import { type BinaryNode, attr, child, children, requiredAttr } from "../wire/binary-node.ts";
import type { Account } from "../world/account.ts";
import { defineAnswerFault } from "./answer-fault.ts";
import { withChanged } from "./changed-node.ts";
import type { Fault, FaultTools } from "./fault.ts";
import { type Setting, optionalText } from "./setting.ts";
import type { StanzaChoice } from "./stanza-fault.ts";

/** Whose keys a fault is about. */
export interface BundleChoice {
  /** Only the keys of the person with this JID, by number or LID; everybody's when left out. */
  readonly user: string | undefined;
}

export interface BundleFaultDefinition<Name extends string> {
  readonly name: Name;
  readonly summary: string;
  /** What becomes of one device's `<user>` in the server's answer. Called once per rule. */
  readonly onBundle: (tools: FaultTools) => (user: BinaryNode) => BinaryNode;
}

/** What clients ask before they start Signal sessions (Baileys messages-send.js: assertSessions). */
export const BUNDLE_REQUEST = {
  tag: "iq",
  attrs: { xmlns: "encrypt", type: "get" },
  child: "key",
} as const;

/** Setting: whose keys. */
const user: Setting<string | undefined> = optionalText(
  "only the keys of the person with this JID, by number or LID; everybody's when left out",
);

/** A fault in the keys a client is given to start Signal sessions with. */
export function defineBundleFault<Name extends string>(
  definition: BundleFaultDefinition<Name>,
): Fault<Name, BundleChoice & StanzaChoice> {
  const { name, summary, onBundle } = definition;
  return defineAnswerFault<Name, BundleChoice>({
    name,
    summary,
    settings: { user },
    match: BUNDLE_REQUEST,
    isQuestion: (request, choice, { context }) =>
      askedUsers(request).some((jid) => isChosen(jid, choice, context)),
    onAnswer: (choice, tools) => {
      const change = onBundle(tools);
      return (answer, pass) => {
        const stanza = withChanged(answer.stanza, "list/user", (each) =>
          isChosen(requiredAttr(each, "jid"), choice, tools.context) ? change(each) : each,
        );
        pass({ ...answer, stanza });
      };
    },
  });
}

/** The devices whose keys a client asks for. */
export function askedUsers(request: BinaryNode): readonly string[] {
  const key = child(request, "key");
  return key === undefined ? [] : children(key, "user").flatMap((each) => attr(each, "jid") ?? []);
}

function isChosen(jid: string, choice: BundleChoice, context: ServerContext): boolean {
  if (choice.user === undefined) return true;
  const account = (name: string): Account | undefined => context.world.resolve(name)?.account;
  return (
    jid === choice.user || (account(jid) !== undefined && account(jid) === account(choice.user))
  );
}
