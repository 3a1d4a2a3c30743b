import type { Stanza } from "../passages/passages.ts";
import type { StanzaMatch } from "../passages/stanza-match.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";
import type { Fault, FaultTools } from "./fault.ts";
import type { SettingsShape } from "./setting.ts";
import { type StanzaChoice, defineStanzaFault } from "./stanza-fault.ts";

/** What becomes of one answer: passed on changed, later, or never. */
type AnswerStep = (answer: Stanza, pass: (answer: Stanza) => void) => void;

export interface AnswerFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  /** The stanzas of the client's whose answers are hit when nothing is set. */
  readonly match: StanzaMatch;
  /** Whether the answer to this stanza can be hit at all. @defaultValue every one can */
  readonly isQuestion?: (stanza: BinaryNode, settings: Settings, tools: FaultTools) => boolean;
  readonly onAnswer: (settings: Settings, tools: FaultTools) => AnswerStep;
}

/**
 * A fault that hits what the server answers: `match` picks the client's stanza, since answers have nothing but its
 * id. The server has done what it was asked for by then.
 */
export function defineAnswerFault<Name extends string, Settings extends object>(
  definition: AnswerFaultDefinition<Name, Settings>,
): Fault<Name, Settings & StanzaChoice> {
  const { name, summary, settings, isQuestion = () => true, onAnswer } = definition;
  return defineStanzaFault<Name, Settings>({
    name,
    summary,
    settings,
    direction: "in",
    match: { doc: "stanzas of the client whose answer it is", fallback: definition.match },
    arm: (given, tools) => {
      const step = onAnswer(given, tools);
      return {
        matches: ({ stanza }) => isAnswered(stanza) && isQuestion(stanza, given, tools),
        act: (question, pass) => {
          stepIntoAnswer(question, tools, step);
          pass(question);
        },
      };
    },
  });
}

/** Requests get a `result` or an `error`; the other stanzas with an id get an ack. */
function isAnswered({ tag, attrs }: BinaryNode): boolean {
  if (attrs["id"] === undefined || tag === "ack") return false;
  return tag !== "iq" || attrs["type"] === "get" || attrs["type"] === "set";
}

function stepIntoAnswer(
  { connection, stanza: question }: Stanza,
  { context }: FaultTools,
  step: AnswerStep,
): void {
  const waiting = context.passages.stanzaOut.add((subject, pass) => {
    // Nobody is answered any more.
    if (connection.state === "closed") waiting[Symbol.dispose]();
    if (subject.connection !== connection || !isAnswerTo(subject.stanza, question)) {
      return pass(subject);
    }
    waiting[Symbol.dispose]();
    step(subject, pass);
  });
}

function isAnswerTo(stanza: BinaryNode, question: BinaryNode): boolean {
  if (attr(stanza, "id") !== attr(question, "id")) return false;
  if (question.tag !== "iq") return stanza.tag === "ack" && attr(stanza, "class") === question.tag;
  const type = attr(stanza, "type");
  return stanza.tag === "iq" && (type === "result" || type === "error");
}
