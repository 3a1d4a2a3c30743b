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
  /** How many have shut it and not opened it again. */
  #shut = 0;

  attach(keeper: DoorKeeper): void {
    this.#keeper = keeper;
  }

  shut(): void {
    this.#shut++;
    this.#keeper?.shut();
  }

  /** The last one who shut it opens it. */
  async open(): Promise<void> {
    if (--this.#shut === 0) await this.#keeper?.open();
  }
}
