import type { Random } from "@motte/core/random";
import type { Account } from "./account.ts";
import type { BaileysError } from "./baileys-errors.ts";
import type { Connection, OnUpdate } from "./connection.ts";
import type { World } from "./world.ts";

/** A socket as a loop sees it. */
export interface Socket {
  /** `sock.end(error)`. */
  end(error: BaileysError | undefined): void;
}

/** Where the connections of a bot go to, and who counts them. */
export interface Network {
  connect(account: Account, onUpdate: OnUpdate): Connection;
  /** Whether the bots' own machine has a network at all. */
  isUp(): boolean;
}

/** One running program: all that a loop may use. */
export class Bot {
  readonly id: string;
  readonly account: Account;
  readonly world: World;
  readonly random: Random;
  readonly #network: Network;

  constructor(id: string, account: Account, world: World, random: Random, network: Network) {
    this.id = id;
    this.account = account;
    this.world = world;
    this.random = random;
    this.#network = network;
  }

  /** `makeWASocket()` with a listener on `connection.update`. */
  connect(onUpdate: OnUpdate): Socket {
    const connection = this.#network.connect(this.account, onUpdate);
    return { end: (error) => connection.close(error) };
  }

  /** What `os.networkInterfaces()` would show. */
  get machineIsOnline(): boolean {
    return this.#network.isUp();
  }

  after(ms: number, run: () => void): Disposable {
    return this.world.after(ms, run);
  }

  /** Removes the auth folder. */
  deleteCredentials(): void {
    this.account.deleteCredentials();
  }
}
