import type { ServerContext } from "../context.ts";
import { isAvailable } from "../news/presence.ts";
import { type PictureSettings, removePicture, setPicture } from "../news/profile-pictures.ts";
import type { Account } from "../world/account.ts";
import type { ChatState } from "../world/settings.ts";
import { Profile } from "./profile.ts";

/** Somebody in the world of a mock server, under the names the protocol gives a user. */
export class Person {
  readonly #account: Account;
  readonly #context: ServerContext;
  /** What this person shows of themselves, and to whom. */
  readonly profile: Profile;

  /** @internal */
  constructor(account: Account, context: ServerContext) {
    this.#account = account;
    this.#context = context;
    this.profile = new Profile(account, context);
  }

  get name(): string {
    return this.#account.name;
  }

  /** Digits with country code, as `sock.requestPairingCode` takes them. */
  get phoneNumber(): string {
    return this.#account.phoneNumber;
  }

  /** The user JID on the phone-number server. */
  get pn(): string {
    return this.#account.pn;
  }

  /** The same user under its hidden id. */
  get lid(): string {
    return this.#account.lid;
  }

  /** Whether this person is there, on the phone or on a client. */
  get available(): boolean {
    return isAvailable(this.#context, this.#account);
  }

  /** What `other` was last doing in the chat with this person. */
  chatStateOf(other: Person): ChatState | undefined {
    return this.#account.settings.chatStates.get(other.#account);
  }

  /** Gives the person a profile picture, a JPEG as it is; clients of those who know the person hear of it. */
  setPicture(image: Uint8Array, options: PictureSettings = {}): void {
    setPicture(this.#context, this.#account, { image, ...options }, { author: this.#account });
  }

  removePicture(): void {
    removePicture(this.#context, this.#account, { author: this.#account });
  }
}
