import { MockServerError } from "../errors.ts";
import { type BinaryNode, attr } from "../wire/binary-node.ts";

interface Pending {
  readonly resolve: (answer: BinaryNode) => void;
  readonly reject: (error: Error) => void;
}

/** Requests of the server's that the client has not answered. */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();
  #ended = false;

  /** Resolves with the client's `result` or `error`. Rejects with `MOCK_CONNECTION_ENDED`. */
  add(iq: BinaryNode): Promise<BinaryNode> {
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(connectionEnded());
      else this.#pending.set(attr(iq, "id") ?? "", { resolve, reject });
    });
  }

  /** Takes a stanza that answers a request, also one nobody made; false for every other stanza. */
  settle(stanza: BinaryNode): boolean {
    const type = attr(stanza, "type");
    if (stanza.tag !== "iq" || (type !== "result" && type !== "error")) return false;
    const id = attr(stanza, "id") ?? "";
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.resolve(stanza);
    return true;
  }

  /** The connection has ended. */
  end(): void {
    this.#ended = true;
    for (const pending of this.#pending.values()) pending.reject(connectionEnded());
    this.#pending.clear();
  }
}

function connectionEnded(): MockServerError {
  return new MockServerError(
    "MOCK_CONNECTION_ENDED",
    "The connection ended before the client answered",
  );
}
