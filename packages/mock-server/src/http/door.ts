/** What opens and shuts the port of a server. */
export interface DoorKeeper {
  /** Nobody can connect from now on; whoever is connected stays. */
  shut(): void;
  /** Takes connections again, at the same port. */
  open(): Promise<void>;
}

/** The port of one server, once it listens. */
export class Door implements DoorKeeper {
  #keeper: DoorKeeper | undefined;

  attach(keeper: DoorKeeper): void {
    this.#keeper = keeper;
  }

  shut(): void {
    this.#keeper?.shut();
  }

  async open(): Promise<void> {
    await this.#keeper?.open();
  }
}
