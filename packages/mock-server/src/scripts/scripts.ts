import { UsageError } from "@motte/core/errors";
import { assertKnownOptions, integerOption } from "@motte/core/options";
import type { ServerContext } from "../context.ts";
import { type FaultTarget, TARGET_OPTIONS, resolveTarget } from "../faults/fault-target.ts";
import type { Stanza } from "../passages/passages.ts";
import { type StanzaMatch, stanzaMatchOption } from "../passages/stanza-match.ts";
import { Waiters } from "../waiters.ts";
import type { BinaryNode } from "../wire/binary-node.ts";
import { ActiveScript, type ScriptAction } from "./active-script.ts";
import { errorFor } from "./filled-in.ts";
import type { ReplyFunction, Script, ScriptStart, ScriptedReply } from "./script.ts";

const DEFAULT_ERROR_TEXT = "scripted-error";

/**
 * The scripts of one server. One that is for a number of uses goes before those that are for always; of the former the
 * first wins, so that they answer in the order they were written, and of the latter the last, so that a test can
 * override what a whole suite has set up.
 */
export class Scripts {
  readonly #context: ServerContext;
  readonly #waiters: Waiters<ActiveScript>;
  #scripts: ActiveScript[] = [];
  /** Only while there are scripts: a server without any does not look at stanzas. */
  #step: Disposable | undefined;
  readonly #failed: ActiveScript[] = [];
  #count = 0;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#waiters = new Waiters(context.realClock);
  }

  /** Scripts that are still to be used: for a number of uses and not used up, or for always and never used. */
  get pending(): readonly Script[] {
    return this.#scripts.filter((script) => script.pending);
  }

  on(match: StanzaMatch, target: FaultTarget = {}): ScriptStart {
    const checked = stanzaMatchOption("match", match);
    assertKnownOptions("server.on", target, TARGET_OPTIONS);
    const resolved = resolveTarget(target);
    const start = (action: ScriptAction): Script => {
      const script = new ActiveScript({
        id: `s${++this.#count}`,
        match: checked,
        target: resolved,
        action,
        context: this.#context,
        waiters: this.#waiters,
        onChanged: () => this.#tidy(),
        onFailed: (failed) => this.#failed.push(failed),
      });
      this.#scripts.push(script);
      this.#tidy();
      return script;
    };
    return {
      reply: (reply: ScriptedReply | ReplyFunction) => {
        const make: ReplyFunction = typeof reply === "function" ? reply : () => reply;
        return start({ kind: "reply", reply: make });
      },
      error: (code, text = DEFAULT_ERROR_TEXT) => {
        integerOption("code", code, { min: 0 });
        return start({ kind: "reply", reply: (request) => errorFor(request, code, text) });
      },
      drop: () => start({ kind: "reply", reply: () => undefined }),
      passOn: (change = (request: BinaryNode) => request) => {
        if (typeof change !== "function") {
          throw new UsageError("USAGE_INVALID_OPTION", "passOn takes a function, or nothing");
        }
        return start({ kind: "pass-on", change });
      },
    };
  }

  /** Throws the first failure of a reply function that no `called()` has told of. */
  assertNoneFailed(): void {
    for (const script of this.#failed.splice(0)) script.assertTold();
  }

  /** For errors: what was to be used and was not. */
  describe(): readonly string[] {
    return this.pending.map(({ id, used }) => `  script ${id} still waits, used ${used} times`);
  }

  close(error: Error): void {
    for (const script of this.#scripts) script.remove();
    this.#waiters.close(error);
  }

  #tidy(): void {
    this.#scripts = this.#scripts.filter(({ active }) => active);
    if (this.#scripts.length > 0) {
      this.#step ??= this.#context.passages.stanzaIn.add((subject, pass) => {
        const script = this.#find(subject);
        if (script === undefined) pass(subject);
        else script.run(subject, pass);
      });
    } else {
      this.#step?.[Symbol.dispose]();
      this.#step = undefined;
    }
  }

  #find(subject: Stanza): ActiveScript | undefined {
    const suits = (script: ActiveScript): boolean => script.suits(subject);
    return (
      this.#scripts.find((script) => script.limited && suits(script)) ??
      this.#scripts.findLast((script) => !script.limited && suits(script))
    );
  }
}
