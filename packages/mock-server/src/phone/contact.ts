import { assertKnownOptions } from "@motte/core/options";
import { UsageError } from "@motte/core/errors";
import type { ServerContext } from "../context.ts";
import { MockServerError } from "../errors.ts";
import type { Account } from "../world/account.ts";
import type { ReceiveOptions, ReceivedMessage } from "./inbox.ts";
import type { Addressing, VirtualDevice } from "./virtual-device.ts";
import { Person } from "./person.ts";
import type { Phone } from "./phone.ts";

export interface SayOptions {
  /** The id of the message. @defaultValue the next one from the seed */
  readonly id?: string;
  /** Whether the client sees the contact by number or by LID. It is told the other form either way. @defaultValue `"pn"` */
  readonly addressing?: Addressing;
}

export interface DeliveredOptions {
  /** @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

export interface ContactParts {
  readonly account: Account;
  readonly device: VirtualDevice;
  readonly context: ServerContext;
}

/** A person who writes to a bot and whom the bot can write to, with real Signal encryption. */
export class Contact extends Person {
  readonly #device: VirtualDevice;
  readonly #context: ServerContext;

  /** @internal */
  constructor({ account, device, context }: ContactParts) {
    super(account);
    this.#device = device;
    this.#context = context;
  }

  /** Everything received so far, oldest first. */
  get messages(): readonly ReceivedMessage[] {
    return this.#device.inbox.messages;
  }

  /** Calls `listener` with every message from now on. */
  on(event: "message", listener: (message: ReceivedMessage) => void): Disposable {
    if (event !== "message") {
      throw new UsageError(
        "USAGE_INVALID_OPTION",
        `A contact has no event "${String(event)}", only "message"`,
      );
    }
    return this.#device.inbox.onMessage(listener);
  }

  /**
   * Sends a text to every device linked to `phone`. Resolves when it is encrypted and on its way, or queued for
   * those that are not connected. Rejects with `MOCK_NO_COMPANION` when there are none.
   */
  async say(
    phone: Phone,
    text: string,
    options: SayOptions = {},
  ): Promise<{ readonly id: string }> {
    assertKnownOptions("contact.say", options, ["id", "addressing"]);
    const { id = this.#device.newMessageId(), addressing = "pn" } = options;
    const companions = this.#context.world.byPhoneNumber(phone.phoneNumber)?.companions ?? [];
    if (companions.length === 0) {
      throw new MockServerError(
        "MOCK_NO_COMPANION",
        "No device is linked to this phone: pair a client with phone.scan() or phone.enterPairingCode() first",
      );
    }
    await this.#device.send({ conversation: text }, { id, to: phone[addressing] });
    return { id };
  }

  /** The next message nobody has taken yet, waiting for it if need be. Rejects with `MOCK_TIMED_OUT`. */
  async receive(options: ReceiveOptions = {}): Promise<ReceivedMessage> {
    assertKnownOptions("contact.receive", options, ["where", "timeoutMs"]);
    return this.#device.inbox.take(options, () => this.#context.journal.toTable());
  }

  /**
   * Sends a retry receipt for a message that was received before, as an app does that has lost it: the client has to
   * answer from its `getMessage`. The message leaves `messages` until it comes again. Throws `MOCK_UNKNOWN_MESSAGE`.
   */
  askAgain(id: string): void {
    this.#device.requestAgain(id);
  }

  /**
   * Resolves when a client has confirmed the message with this id. Rejects with `MOCK_MESSAGE_REFUSED` when every
   * client it went to refused it, and with `MOCK_TIMED_OUT`.
   */
  async delivered(id: string, { timeoutMs = 10_000 }: DeliveredOptions = {}): Promise<void> {
    await this.#device.outbox.delivered(id, timeoutMs, () => this.#context.journal.toTable());
  }
}
