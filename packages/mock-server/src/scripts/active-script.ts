import { integerOption } from "@motte/core/options";
import type { Connection } from "../connection/connection.ts";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import { type ResolvedTarget, isTarget } from "../faults/fault-target.ts";
import type { Stanza } from "../passages/passages.ts";
import { type StanzaMatch, matchesStanza } from "../passages/stanza-match.ts";
import type { Waiters } from "../waiters.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";
import { errorFor, filledIn } from "./filled-in.ts";
import type { ReplyFunction, Script, ScriptSession, ScriptedStanza } from "./script.ts";

/** What a script does with a stanza. */
export type ScriptAction =
  | { readonly kind: "reply"; readonly reply: ReplyFunction }
  | { readonly kind: "pass-on"; readonly change: (request: BinaryNode) => BinaryNode };

export interface ActiveScriptParts {
  readonly id: string;
  readonly match: StanzaMatch;
  readonly target: ResolvedTarget;
  readonly action: ScriptAction;
  readonly context: ServerContext;
  readonly waiters: Waiters<ActiveScript>;
  /** It may have become active, or stopped being so. */
  readonly onChanged: () => void;
  readonly onFailed: (script: ActiveScript) => void;
}

const MAX_REQUESTS = 1_000;
const INTERNAL_ERROR = 500;

/** A script at work. */
export class ActiveScript implements Script {
  readonly id: string;
  readonly #parts: ActiveScriptParts;
  #limit = 1;
  #used = 0;
  /** How many of its uses have come to their end: a reply may take a while to make. */
  #done = 0;
  #removed = false;
  #requests: BinaryNode[] = [];
  #failure: { readonly error: MockServerError; told: boolean } | undefined;

  constructor(parts: ActiveScriptParts) {
    this.#parts = parts;
    this.id = parts.id;
  }

  get used(): number {
    return this.#used;
  }

  get active(): boolean {
    return !this.#removed && this.#used < this.#limit;
  }

  /** It is for a number of uses. */
  get limited(): boolean {
    return Number.isFinite(this.#limit);
  }

  get pending(): boolean {
    return this.active && (this.limited || this.#used === 0);
  }

  /** Throws what its reply function threw, unless `called()` has told of it. */
  assertTold(): void {
    if (this.#failure?.told === false) throw this.#failure.error;
  }

  get requests(): readonly BinaryNode[] {
    return this.#requests;
  }

  times(count: number): Script {
    this.#limit = integerOption("times", count, { min: 1 });
    this.#parts.onChanged();
    return this;
  }

  once(): Script {
    return this.times(1);
  }

  always(): Script {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#parts.onChanged();
    return this;
  }

  remove(): void {
    this.#removed = true;
    this.#parts.onChanged();
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  async called(times = 1, timeoutMs = 10_000): Promise<void> {
    const { waiters, context } = this.#parts;
    const done = (): boolean => this.#done >= times || this.#failure !== undefined;
    if (!done()) {
      await waiters.wait({
        matches: (script) => script === this && done(),
        timeoutMs,
        timeoutError: () =>
          new MockServerError(
            "MOCK_TIMED_OUT",
            `The script ${this.id} has answered ${this.#done} of ${times} times within ${timeoutMs} ms. ${context.journal.explain()}`,
          ),
      });
    }
    if (this.#failure === undefined) return;
    this.#failure.told = true;
    throw this.#failure.error;
  }

  suits({ connection, stanza }: Stanza): boolean {
    const { match, target } = this.#parts;
    return isTarget(target, connection) && matchesStanza(match, stanza);
  }

  run(subject: Stanza, pass: (subject: Stanza) => void): void {
    const { action, context, onChanged } = this.#parts;
    const { connection, stanza } = subject;
    this.#used++;
    this.#requests = [...this.#requests, stanza].slice(-MAX_REQUESTS);
    if (!this.active) onChanged();
    context.journal.mark(connection.id, { note: this.#note });
    if (action.kind === "reply") return this.#reply(subject, action.reply);
    let changed: BinaryNode;
    try {
      changed = action.change(stanza);
    } catch (error) {
      return this.#reply(subject, () => Promise.reject(error));
    }
    pass({ connection, stanza: changed });
    this.#finish();
  }

  get #note(): string {
    return `script ${this.id}`;
  }

  #reply(subject: Stanza, reply: ReplyFunction): void {
    const { work } = this.#parts.context;
    void work.during(this.#answer(subject, reply)).then(() => this.#finish());
  }

  #finish(): void {
    this.#done++;
    this.#parts.waiters.announce(this);
  }

  async #answer({ connection, stanza }: Stanza, reply: ReplyFunction): Promise<void> {
    // Later: the journal is to have the request before the answer.
    await Promise.resolve();
    try {
      const made = await reply(stanza, this.#session(connection));
      const stanzas: readonly ScriptedStanza[] =
        made === undefined ? [] : isList(made) ? made : [made];
      for (const each of stanzas) this.#send(connection, each, stanza);
    } catch (error) {
      this.#fail(connection, stanza, error);
    }
  }

  /** The test hears of it from `called()` or `close()`; the client must not be left waiting. */
  #fail(connection: Connection, request: BinaryNode, cause: unknown): void {
    const { context, onFailed } = this.#parts;
    context.logger.error({ err: cause, script: this.id }, "a script failed");
    const error = new MockServerError(
      "MOCK_SCRIPT_FAILED",
      `The reply of the script ${this.id} to <${request.tag}> could not be made: see the cause`,
      { cause },
    );
    this.#failure ??= { error, told: false };
    onFailed(this);
    if (request.tag !== "iq" || attr(request, "id") === undefined) return;
    connection.sendAsItIs(errorFor(request, INTERNAL_ERROR, "script-failed"), this.#note);
  }

  #session(connection: Connection): ScriptSession {
    const { companion } = connection;
    return {
      connection: connection.id,
      deviceJid: companion?.pn,
      phoneNumber: companion?.account.phoneNumber,
      send: (stanza) => this.#send(connection, stanza, { tag: "", attrs: {} }),
    };
  }

  #send(connection: Connection, stanza: ScriptedStanza, request: BinaryNode): void {
    const { context } = this.#parts;
    connection.sendAsItIs(
      filledIn(stanza, request, () => context.nextId()),
      this.#note,
    );
  }
}

function isList(
  reply: ScriptedStanza | readonly ScriptedStanza[],
): reply is readonly ScriptedStanza[] {
  return Array.isArray(reply);
}
