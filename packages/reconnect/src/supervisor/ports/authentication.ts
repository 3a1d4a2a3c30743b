import { withDeadline } from "@motte/core/deadline";
import { KeyedMutex } from "@motte/core/keyed-mutex";
import type { AuthenticationState } from "@whiskeysockets/baileys";
import type { AuthHandle, AuthSource } from "../../ports/auth-source.ts";
import { WritesUnderWay } from "../../ports/counted-keys.ts";
import type { Port, PortHost } from "../port.ts";
import type { SupervisedSocket } from "../supervised-socket.ts";
import { orAborted } from "../waiters.ts";

/** Opens the credentials, keeps them over any number of sockets, and never hands them to two at once. */
export function authentication<S extends SupervisedSocket>(host: PortHost<S>): Port<S> | undefined {
  const { auth: source, clock, timeouts } = host.options;
  if (source === undefined) return undefined;
  const credentials = new Credentials({
    source,
    openWithin: (opening) =>
      withDeadline(opening, { what: "auth()", ms: timeouts.factoryMs, clock }),
    within: (what, work) => withDeadline(work, { what, ms: timeouts.drainMs, clock }),
    report: (error) => host.announce.report("auth", error),
  });
  return {
    saveCreds: () => credentials.save(),
    effect: (effect) => {
      if (effect.type === "connect" && effect.reloadCredentials) credentials.outdated();
    },
    prepare: async ({ signal }) => ({ auth: await orAborted(credentials.ready(), signal) }),
    drain: () => credentials.written(),
    stop: () => credentials.close(),
  };
}

interface CredentialsParts {
  readonly source: AuthSource;
  openWithin(opening: Promise<AuthHandle>): Promise<AuthHandle>;
  within(what: string, work: Promise<void>): Promise<void>;
  report(error: unknown): void;
}

interface OpenedCredentials {
  readonly handle: AuthHandle;
  readonly state: AuthenticationState;
}

class Credentials {
  readonly #parts: CredentialsParts;
  readonly #writes = new WritesUnderWay();
  readonly #turns = new KeyedMutex();
  #opened: OpenedCredentials | undefined;
  #opening: Promise<AuthHandle> | undefined;
  #isOutdated = false;
  #isClosed = false;

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
  }

  /** Somebody else may have used them: the next socket gets them anew. */
  outdated(): void {
    this.#isOutdated = true;
  }

  /** What the next socket uses, when the last one writes no more. */
  ready(): Promise<AuthenticationState> {
    return this.#turns.run("ready", async () => {
      if (this.#isOutdated) await this.#giveUp();
      this.#isOutdated = false;
      await this.#lastWrites();
      return this.#opened?.state ?? (await this.#open());
    });
  }

  save(): void | Promise<void> {
    return this.#opened?.handle.saveCreds();
  }

  written(): Promise<void> {
    return this.#writes.idle();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const late = this.#opening;
    await this.#giveUp();
    // It may come after all, and nobody else would close it.
    late?.then((handle) => handle.close?.()).catch((error: unknown) => this.#parts.report(error));
  }

  async #open(): Promise<AuthenticationState> {
    if (this.#isClosed) throw new Error("The supervisor has stopped");
    // One that took too long may still come, and a second one beside it would find the credentials in use.
    this.#opening ??= this.#ask();
    const handle = await this.#parts.openWithin(this.#opening);
    this.#opening = undefined;
    const state = { ...handle.state, keys: this.#writes.counting(handle.state.keys) };
    this.#opened = { handle, state };
    return state;
  }

  #ask(): Promise<AuthHandle> {
    const asked = Promise.resolve().then(this.#parts.source);
    // The next connect asks again.
    asked.catch(() => (this.#opening = undefined));
    return asked;
  }

  async #giveUp(): Promise<void> {
    const handle = this.#opened?.handle;
    this.#opened = undefined;
    if (handle === undefined) return;
    await this.#lastWrites();
    try {
      await this.#parts.within("Closing what auth() opened", this.#closing(handle));
    } catch (error) {
      // Whoever lost them to somebody else hears so again when they are given up.
      this.#parts.report(error);
    }
  }

  async #closing(handle: AuthHandle): Promise<void> {
    await handle.close?.();
  }

  async #lastWrites(): Promise<void> {
    try {
      await this.#parts.within("A write of the last socket's keys", this.#writes.idle());
    } catch (error) {
      this.#parts.report(error);
    }
  }
}
