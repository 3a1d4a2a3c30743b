import type { EngineState } from "../engine/state.ts";
import type { ConnectRequest, Port } from "./port.ts";
import type { ContextExtras } from "./socket-factory.ts";
import type { SupervisedSocket } from "./supervised-socket.ts";

/** The ports of one supervisor, asked one after the other. */
export class PortSet<S extends SupervisedSocket> {
  readonly #ports: readonly Port<S>[];

  constructor(ports: readonly Port<S>[]) {
    this.#ports = ports;
  }

  /** The first that saves credentials. */
  get saveCreds(): Port<S>["saveCreds"] {
    return this.#ports.find(({ saveCreds }) => saveCreds !== undefined)?.saveCreds;
  }

  /** Tells each of them something. */
  each(tell: (port: Port<S>) => void): void {
    for (const port of this.#ports) tell(port);
  }

  /** What is to be asked for a kept state, in this order. */
  get loads(): readonly (() => Promise<EngineState | undefined>)[] {
    return this.#ports.flatMap((port) => port.load?.bind(port) ?? []);
  }

  async prepare(request: Omit<ConnectRequest, "extras">): Promise<ContextExtras> {
    let extras: ContextExtras = {};
    for (const port of this.#ports) {
      if (port.prepare === undefined) continue;
      extras = { ...extras, ...(await port.prepare({ ...request, extras })) };
      request.signal.throwIfAborted();
    }
    return extras;
  }

  async drain(): Promise<void> {
    for (const port of this.#ports) await port.drain?.();
  }

  /** Stops each of them, whatever becomes of the others. */
  async stop(onError: (error: unknown) => void): Promise<void> {
    for (const port of this.#ports) {
      try {
        await port.stop?.();
      } catch (error) {
        onError(error);
      }
    }
  }
}
