import { MockServerError } from "../errors.ts";
import { type BinaryNode, attr, children } from "../wire/binary-node.ts";

/** A kind of stanza no handler knew. */
export interface UnhandledStanza {
  /** The tag of the stanza. */
  readonly tag: string;
  /** The namespace of an `<iq>`. */
  readonly xmlns: string | undefined;
  /** The attribute `type`. */
  readonly type: string | undefined;
  /** The tag of the first child. */
  readonly child: string | undefined;
  /** How many came. */
  readonly times: number;
}

/** What clients sent that the server knows nothing about, each kind once, in the order they first came. */
export class Unhandled {
  readonly #kinds = new Map<string, UnhandledStanza>();
  readonly #told = new Map<string, number>();

  get list(): readonly UnhandledStanza[] {
    return [...this.#kinds.values()];
  }

  add(stanza: BinaryNode): void {
    const kind = {
      tag: stanza.tag,
      xmlns: attr(stanza, "xmlns"),
      type: attr(stanza, "type"),
      child: children(stanza)[0]?.tag,
    };
    const key = shown(kind);
    this.#kinds.set(key, { ...kind, times: (this.#kinds.get(key)?.times ?? 0) + 1 });
  }

  /** Throws when there are any it has not thrown for before. */
  assertNone(): void {
    const news = [...this.#kinds].filter(([key, { times }]) => times > (this.#told.get(key) ?? 0));
    if (news.length === 0) return;
    for (const [key, { times }] of news) this.#told.set(key, times);
    const lines = news.map(([key, { times }]) => `  ${key}${times > 1 ? ` (${times} times)` : ""}`);
    throw new MockServerError(
      "MOCK_UNHANDLED_STANZA",
      `Clients sent what this server does not know. Leave strict off if the test does not depend on it:\n${lines.join("\n")}`,
    );
  }
}

function shown({ tag, xmlns, type, child }: Omit<UnhandledStanza, "times">): string {
  const attrs = Object.entries({ xmlns, type }).map(([name, value]) =>
    value === undefined ? "" : ` ${name}="${value}"`,
  );
  return `<${tag}${attrs.join("")}>${child === undefined ? "" : `<${child}>`}`;
}
