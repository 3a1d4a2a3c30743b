import { assertKnownOptions } from "@motte/core/options";
import type { ServerContext } from "../context.ts";
import { announceNewIdentity, linkDevice, unlinkDevice } from "../news/devices.ts";
import type { SeededRandom } from "@motte/core/random";
import type { Account } from "../world/account.ts";
import { type CallOptions, type MockCall, startCall } from "./call.ts";
import { type ChatTarget, Correspondent } from "./correspondent.ts";
import { linkedDeviceIdentity } from "./device-identity.ts";
import { type PresenceState, showChatState, showPresence } from "./presence.ts";
import type { Phone } from "./phone.ts";
import { VirtualDevice, type VirtualDeviceSnapshot } from "./virtual-device.ts";
import type { VirtualPrimary } from "./virtual-primary.ts";

export interface ContactParts {
  readonly account: Account;
  readonly device: VirtualPrimary;
  readonly seed: SeededRandom;
  readonly context: ServerContext;
}

/** @internal What a contact has besides its phone. */
export interface ContactSnapshot {
  readonly installations: number;
  readonly devices: readonly { readonly number: number; readonly state: VirtualDeviceSnapshot }[];
}

const NEW_CONTACT: ContactSnapshot = { installations: 1, devices: [] };

/** A person who writes to a bot and whom the bot can write to. Writes with the phone; further devices can be linked. */
export class Contact extends Correspondent {
  readonly #parts: ContactParts;
  #devices: ContactDevice[] = [];
  #installations = 1;

  /** @internal */
  constructor(parts: ContactParts) {
    super(parts);
    this.#parts = parts;
  }

  /**
   * Lets only those reach this person who hold a token of theirs: messages of others get error 463, and questions
   * for presence or picture no answer. Whoever this person writes to gets a token, as their app gives out.
   */
  restrict(restricted: boolean = true): void {
    this.#parts.account.settings.restricted = restricted;
  }

  /** Calls the phone: it rings at every client linked to it. Throws `MOCK_NO_COMPANION` when there is none. */
  call(phone: Phone, options: CallOptions = {}): MockCall {
    assertKnownOptions("contact.call", options, ["video"]);
    const { account: from, context } = this.#parts;
    return startCall(context, { from, phone }, options);
  }

  /** Picks the phone up or puts it down: those who watch this person's presence hear of it. */
  presence(state: PresenceState): void {
    showPresence(this.#parts, state);
  }

  /** Shows "typing…" to the other person, or to the members of the group. */
  typing(to: ChatTarget): void {
    showChatState(this.#parts, to, "composing");
  }

  /** Shows "recording audio…". */
  recording(to: ChatTarget): void {
    showChatState(this.#parts, to, "recording");
  }

  /** Ends what `typing` or `recording` began. */
  paused(to: ChatTarget): void {
    showChatState(this.#parts, to, "paused");
  }

  /** The linked devices, in the order they were linked. */
  get devices(): readonly ContactDevice[] {
    return this.#devices.filter(({ linked }) => linked);
  }

  /**
   * Installs the app anew, as on a new phone: other keys, no Signal session with anybody, and no linked devices. Clients
   * of those who know the contact are told to forget the old keys.
   */
  reinstall(): void {
    const { account, device: phone, seed, context } = this.#parts;
    phone.renewKeys(seed.fork(`installation ${++this.#installations}`));
    for (const device of this.devices) device.unlink();
    announceNewIdentity(account, context);
  }

  /**
   * Links one more device, like WhatsApp on a computer, with keys of its own. Whoever knows the contact hears of it.
   * Throws `MOCK_TOO_MANY_DEVICES`.
   */
  linkDevice(options: LinkDeviceOptions = {}): ContactDevice {
    assertKnownOptions("contact.linkDevice", options, ["hosted"]);
    const { hosted = false } = options;
    const { account, context } = this.#parts;
    const number = hosted ? account.reserveHostedDevice() : account.reserveDevice();
    const linked = this.#newDevice(number, hosted);
    linkDevice(linked.virtual, context);
    this.#devices.push(linked);
    return linked;
  }

  /** @internal `undefined` when there is nothing to tell. */
  toSnapshot(): ContactSnapshot | undefined {
    const devices = this.devices.map(({ device, virtual }) => {
      return { number: device, state: virtual.toSnapshot() };
    });
    if (devices.length === 0 && this.#installations === 1) return undefined;
    return { installations: this.#installations, devices };
  }

  /** @internal A device that is known already stays the same object. Those that are gone reject with `error`. */
  fromSnapshot(error: Error, { installations, devices }: ContactSnapshot = NEW_CONTACT): void {
    this.#installations = installations;
    const before = this.#devices;
    this.#devices = devices.map(({ number, state }) => {
      const known = before.findLast(({ device }) => device === number);
      const linked = known ?? this.#newDevice(number, false);
      linked.virtual.fromSnapshot(state);
      return linked;
    });
    for (const each of before) if (!this.#devices.includes(each)) each.close(error);
  }

  /** @internal */
  linkedDevice(number: number): VirtualDevice | undefined {
    return this.#devices.findLast(({ device }) => device === number)?.virtual;
  }

  #newDevice(number: number, hosted: boolean): ContactDevice {
    const { account, device: phone, seed, context } = this.#parts;
    const device = new VirtualDevice({
      account,
      device: number,
      seed: seed.fork(`linked ${number}`),
      context,
      deviceIdentity: (companion) =>
        linkedDeviceIdentity({
          account: phone.identity,
          companion,
          rawId: phone.rawId,
          keyIndex: number,
          hosted,
          timestamp: Math.floor(context.clock.now() / 1000),
        }),
    });
    return new ContactDevice({ account, device, context });
  }

  /** @internal Rejects everyone who waits for a message of a linked device. */
  close(error: Error): void {
    for (const device of this.#devices) device.close(error);
  }
}

interface ContactDeviceParts {
  readonly account: Account;
  readonly device: VirtualDevice;
  readonly context: ServerContext;
}

/** What kind of device is linked. */
export interface LinkDeviceOptions {
  /**
   * The device Meta runs for a business that has its chats in the cloud: number 99, on the servers `hosted` and
   * `hosted.lid`. It takes no part in groups and statuses. A contact has one at most. @defaultValue `false`
   */
  readonly hosted?: boolean;
}

/** One linked device of a contact. It gets everything the contact gets, and writes as the same person. */
export class ContactDevice extends Correspondent {
  readonly #parts: ContactDeviceParts;

  /** @internal */
  constructor(parts: ContactDeviceParts) {
    super(parts);
    this.#parts = parts;
  }

  /** Its number among the contact's devices. */
  get device(): number {
    return this.#parts.device.device;
  }

  /** @internal */
  get virtual(): VirtualDevice {
    return this.#parts.device;
  }

  get linked(): boolean {
    const { account, device } = this.#parts;
    return account.device(device.device) === device;
  }

  /** Ends the link. Nothing is delivered to this device any more, and it must not write. */
  unlink(): void {
    unlinkDevice(this.#parts.device, this.#parts.context);
  }

  /** @internal */
  close(error: Error): void {
    this.#parts.device.close(error);
  }
}
