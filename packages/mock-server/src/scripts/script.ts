import type { BinaryNode } from "../wire/binary-node.ts";

/** A stanza as a script writes it: attributes and content may be left out. */
export interface ScriptedStanza {
  /** The name of the element. */
  readonly tag: string;
  /** The attributes. @defaultValue none */
  readonly attrs?: Readonly<Record<string, string>>;
  /** Child elements, bytes, or text. @defaultValue none */
  readonly content?: readonly ScriptedStanza[] | Uint8Array | string;
}

/** The client a script answers. */
export interface ScriptSession {
  /** The id of its connection. */
  readonly connection: string;
  /** Its device JID, by number, once it is logged in. */
  readonly deviceJid: string | undefined;
  /** The number of its phone, once it is logged in. */
  readonly phoneNumber: string | undefined;
  /** Sends a stanza to it, as it is, before the reply. */
  send(stanza: ScriptedStanza): void;
}

/** Stanzas to answer with. None is an answer too: the request is swallowed. */
export type ScriptedReply = ScriptedStanza | readonly ScriptedStanza[] | undefined;

/** Makes the reply to a request. */
export type ReplyFunction = (
  request: BinaryNode,
  session: ScriptSession,
) => ScriptedReply | Promise<ScriptedReply>;

/** A script that is in place. */
export interface Script extends Disposable {
  /** Unique on this server; the journal notes it beside what the script took and sent. */
  readonly id: string;
  /** How often it was used. */
  readonly used: number;
  /** It may still be used. */
  readonly active: boolean;
  /** The stanzas it took, oldest first; the last 1 000. */
  readonly requests: readonly BinaryNode[];
  /** It is used so often and then no more. */
  times(count: number): Script;
  /** The same as `times(1)`, which is where it starts. */
  once(): Script;
  /** It is used as often as something suits. */
  always(): Script;
  /** Takes it away. A reply it has begun still goes out. Disposing it does the same. */
  remove(): void;
  /**
   * Resolves once it was used `times` times in all, and what it made of them is sent. Rejects with `MOCK_TIMED_OUT`, or with `MOCK_SCRIPT_FAILED` when
   * its reply function threw.
   *
   * @param times defaults to 1
   * @param timeoutMs in real milliseconds, defaults to 10 000
   */
  called(times?: number, timeoutMs?: number): Promise<void>;
}

/** What is to become of the stanzas that suit. It is in place once that is said. */
export interface ScriptStart {
  /**
   * Answers instead of the server. What is missing is filled in: `id`, `from` and `type` of the answer to a request,
   * `class`, `id` and `from` of an ack. Stanzas go out as they are: no lint checks them and no fault hits them.
   */
  reply(reply: ScriptedReply | ReplyFunction): Script;
  /** Answers a request with `<error code text>`, anything else with an ack that carries the code. */
  error(code: number, text?: string): Script;
  /** Swallows it. */
  drop(): Script;
  /** Lets the server have it, as it came or changed. */
  passOn(change?: (request: BinaryNode) => BinaryNode): Script;
}
