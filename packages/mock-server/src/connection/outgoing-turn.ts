import type { Socket } from "node:net";

/**
 * Sends what a connection writes in one turn of the event loop with one call to the system, which costs more than
 * everything else that a small stanza needs.
 */
export class OutgoingTurn {
  readonly #tcp: Socket;
  #end: NodeJS.Immediate | undefined;

  constructor(tcp: Socket) {
    this.#tcp = tcp;
  }

  /** Something is about to be written. */
  begin(): void {
    if (this.#end !== undefined) return;
    this.#tcp.cork();
    this.#end = setImmediate(() => this.end());
  }

  /** Hands everything to the system now. */
  end(): void {
    if (this.#end === undefined) return;
    clearImmediate(this.#end);
    this.#end = undefined;
    this.#tcp.uncork();
  }
}
