import { type AuthStateHandle, useMemoryAuthState } from "@motte/auth-stores";
import { CleanupStack } from "@motte/core/cleanup";
import { type Contact, MockServer, type MockServerOptions, type Phone } from "@motte/mock-server";
import { vi } from "vitest";
import { giveReadyPreKeys } from "../../support/ready-pre-keys.ts";
import { type ClientOptions, WatchedClient } from "./watched-client.ts";

// The libsignal inside Baileys prints whole sessions, keys included, whenever one is closed.
vi.spyOn(console, "info").mockImplementation(() => {});
vi.spyOn(console, "warn").mockImplementation(() => {});

const SETUP_MS = 60_000;
const MOST_ATTEMPTS = 10;

/** A server, somebody to talk with, and the login of one real Baileys client, of which one socket lives at a time. */
export class FaultStage implements AsyncDisposable {
  readonly server: MockServer;
  readonly phone: Phone;
  readonly contact: Contact;
  readonly #auth: AuthStateHandle;
  readonly #options: ClientOptions;
  readonly #cleanup: CleanupStack;
  #client: WatchedClient | undefined;

  private constructor(parts: {
    readonly server: MockServer;
    readonly auth: AuthStateHandle;
    readonly options: ClientOptions;
    readonly cleanup: CleanupStack;
  }) {
    this.server = parts.server;
    this.phone = parts.server.phone({ name: "Ada" });
    this.contact = parts.server.contact({ name: "Grace" });
    this.#auth = parts.auth;
    this.#options = parts.options;
    this.#cleanup = parts.cleanup;
  }

  static async start(
    options: ClientOptions = {},
    serverOptions: MockServerOptions = {},
  ): Promise<FaultStage> {
    const cleanup = new CleanupStack();
    const server = cleanup.use(await MockServer.start({ seed: "faults", ...serverOptions }));
    const auth = cleanup.use(await useMemoryAuthState());
    await giveReadyPreKeys(auth);
    const stage = new FaultStage({ server, auth, options, cleanup });
    cleanup.defer(() => stage.#client?.dispose());
    return stage;
  }

  /** The socket that was made last. */
  get client(): WatchedClient {
    if (this.#client === undefined) throw new Error("The client has not connected yet");
    return this.#client;
  }

  /** A new socket on the same login. */
  async connect(): Promise<WatchedClient> {
    await this.#client?.dispose();
    this.#client = new WatchedClient(this.server, this.#auth, this.#options);
    return this.#client;
  }

  /** Links the client by QR, and leaves it logged in and with its first sync done. */
  async link(): Promise<void> {
    const pairing = await this.#connected((client) => client.qr !== undefined);
    await this.phone.scan(pairing.qr ?? "", { timeoutMs: SETUP_MS });
    await must(
      "end the pairing",
      pairing.becomes(() => pairing.ending !== undefined, SETUP_MS),
    );
    const client = await this.#connected(({ opened }) => opened);
    const { creds } = this.#auth.state;
    // A client that is cut off before holds its events back for 20 s at the next login (Baileys chats.js).
    const synced = new Promise<void>((resolve) => {
      const look = (): void => {
        if (creds.accountSyncCounter > 0) resolve();
      };
      client.sock.ev.on("creds.update", look);
      look();
    });
    await synced;
  }

  /** Connects until it is so: a machine that does much else at once may be later than the client has patience for. */
  async #connected(isSo: (client: WatchedClient) => boolean): Promise<WatchedClient> {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const client = await this.connect();
      await client.becomes(() => isSo(client) || client.ending !== undefined, SETUP_MS);
      if (isSo(client) && client.ending === undefined) return client;
    }
    throw new Error("The client did not connect");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.dispose();
  }
}

async function must(what: string, done: Promise<boolean>): Promise<void> {
  if (!(await done)) throw new Error(`The client did not ${what}`);
}
