import type { Routed } from "../connection/connection.ts";
import type { ServerContext } from "../context.ts";
import type { Login } from "../session/login.ts";
import type { Registration } from "../pairing/registration.ts";
import { iqError, iqResult } from "../replies.ts";
import { type BinaryNode, attr, children } from "../wire/binary-node.ts";

/** Which stanzas a handler takes. What is left out matches anything. */
interface StanzaPattern {
  readonly tag: string;
  readonly xmlns?: string;
  readonly type?: string;
  /** The tag of the first child. */
  readonly child?: string;
}

/** Handles stanzas of clients that are logged in. */
export interface LoginRoute extends StanzaPattern {
  readonly during: "login";
  handle(stanza: BinaryNode, login: Login): void | Promise<void>;
}

/** Handles stanzas of clients that wait to be paired. */
export interface PairingRoute extends StanzaPattern {
  readonly during: "pairing";
  handle(stanza: BinaryNode, registration: Registration): void | Promise<void>;
}

type Route = LoginRoute | PairingRoute;

/** The routes of one stanza family. */
export type StanzaFamily = readonly Route[];

/** Finds the handler of a stanza. The first route that matches takes it. */
export class Router {
  readonly #login = new Map<string, LoginRoute[]>();
  readonly #pairing = new Map<string, PairingRoute[]>();
  readonly #context: ServerContext;

  constructor(context: ServerContext, families: readonly StanzaFamily[]) {
    this.#context = context;
    for (const route of families.flat()) {
      if (route.during === "login") add(this.#login, route);
      else add(this.#pairing, route);
    }
  }

  duringLogin(stanza: BinaryNode, login: Login): Routed {
    const route = find(this.#login, stanza);
    if (route === undefined) return this.#unhandled(stanza, (reply) => login.send(reply));
    return { run: () => route.handle(stanza, login) };
  }

  duringPairing(stanza: BinaryNode, registration: Registration): Routed {
    const route = find(this.#pairing, stanza);
    if (route === undefined) {
      return this.#unhandled(stanza, (reply) => registration.connection.send(reply));
    }
    return { run: () => route.handle(stanza, registration) };
  }

  /**
   * A request nobody knows still gets an answer, or the client would wait a minute for it: an empty one, unless
   * the client would choke on that.
   */
  #unhandled(stanza: BinaryNode, send: (reply: BinaryNode) => void): Routed {
    const answerable = stanza.tag === "iq" && attr(stanza, "id") !== undefined;
    const { strict, unhandled } = this.#context;
    unhandled.add(stanza);
    const reply =
      strict || EMPTY_ANSWER_HURTS.has(attr(stanza, "xmlns") ?? "")
        ? iqError(stanza, 501, "feature-not-implemented")
        : iqResult(stanza);
    return { note: "unhandled", run: () => (answerable ? send(reply) : undefined) };
  }
}

// To an empty answer Baileys repeats an app state request without end, and takes its group or user for broken.
const EMPTY_ANSWER_HURTS: ReadonlySet<string> = new Set(["w:sync:app:state", "usync", "w:g2"]);

function add<R extends Route>(table: Map<string, R[]>, route: R): void {
  const key = tableKey(route.tag, route.xmlns);
  table.set(key, [...(table.get(key) ?? []), route]);
}

function find<R extends Route>(table: ReadonlyMap<string, R[]>, stanza: BinaryNode): R | undefined {
  const routes = table.get(tableKey(stanza.tag, attr(stanza, "xmlns")));
  const firstChild = children(stanza)[0]?.tag;
  return routes?.find(
    ({ type, child }) =>
      (type === undefined || type === attr(stanza, "type")) &&
      (child === undefined || child === firstChild),
  );
}

function tableKey(tag: string, xmlns: string | undefined): string {
  return tag === "iq" ? `iq ${xmlns ?? ""}` : tag;
}
