import { assertKnownOptions } from "@motte/core/options";
import type { SeededRandom } from "@motte/core/random";
import type { ServerContext } from "../context.ts";
import type { Account } from "../world/account.ts";
import type { Device } from "../world/device.ts";
import type { Companion } from "../world/companion.ts";
import type { PersonOptions } from "../world/world.ts";
import { MockServerError } from "../errors.ts";
import type { FindAccount } from "../snapshot/part.ts";
import { Contact, type ContactSnapshot } from "./contact.ts";
import { VirtualPrimary, type VirtualPrimarySnapshot } from "./virtual-primary.ts";
import { Phone } from "./phone.ts";

export interface PeopleParts {
  readonly seed: SeededRandom;
  /** Asked for late: the world in it makes its devices here. */
  readonly context: () => ServerContext;
  readonly onPaired: (phone: Phone, companion: Companion) => void;
}

/** What the server plays of each person. */
export type DevicesSnapshot = readonly {
  readonly phoneNumber: string;
  readonly phone: VirtualPrimarySnapshot;
  readonly contact?: ContactSnapshot | undefined;
}[];

const PERSON_OPTIONS = ["name", "phoneNumber"] as const satisfies readonly (keyof PersonOptions)[];

/** The virtual devices of one server, and the two faces a test sees of each: a bot's phone, and someone to chat with. */
export class People {
  readonly #parts: PeopleParts;
  readonly #devices = new Map<Account, VirtualPrimary>();
  readonly #phones = new Map<Account, Phone>();
  readonly #contacts = new Map<Account, Contact>();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** The device every account has. Its keys follow from the seed and the phone number. */
  deviceOf(account: Account): VirtualPrimary {
    return known(this.#devices, account, () => {
      const { seed, context } = this.#parts;
      const own = seed.fork(`device ${account.phoneNumber}`);
      return new VirtualPrimary({ account, seed: own, context: context() });
    });
  }

  /** Every device there is so far. */
  get devices(): readonly VirtualPrimary[] {
    return [...this.#devices.values()];
  }

  phone(options: PersonOptions): Phone {
    assertKnownOptions("server.phone", options, PERSON_OPTIONS);
    const context = this.#parts.context();
    return this.phoneOf(context.world.person("Phone", options));
  }

  phoneOf(account: Account): Phone {
    return known(
      this.#phones,
      account,
      () =>
        new Phone({
          account,
          device: this.deviceOf(account),
          context: this.#parts.context(),
          onPaired: (companion) => this.#parts.onPaired(this.phoneOf(account), companion),
        }),
    );
  }

  contact(options: PersonOptions): Contact {
    assertKnownOptions("server.contact", options, PERSON_OPTIONS);
    const context = this.#parts.context();
    return this.contactOf(context.world.person("Contact", options));
  }

  contactOf(account: Account): Contact {
    const context = this.#parts.context();
    const device = this.deviceOf(account);
    return known(this.#contacts, account, () => {
      const seed = this.#parts.seed.fork(`linked devices ${account.phoneNumber}`);
      return new Contact({ account, device, seed, context });
    });
  }

  /** The linked device of a contact. Throws when there is none with this number. */
  playedDevice(account: Account, number: number): Device {
    const device = this.contactOf(account).linkedDevice(number);
    if (device !== undefined) return device;
    throw new MockServerError(
      "MOCK_BAD_SNAPSHOT",
      "The snapshot speaks of a device it does not hold: take it again",
    );
  }

  /** Lets everybody read what they have put off. */
  catchUp(): void {
    for (const device of this.#devices.values()) device.catchUp();
    for (const contact of this.#contacts.values()) {
      for (const { virtual } of contact.devices) virtual.catchUp();
    }
  }

  toSnapshot(): DevicesSnapshot {
    const { accounts } = this.#parts.context().world;
    return accounts.map((account) => ({
      phoneNumber: account.phoneNumber,
      phone: this.deviceOf(account).toSnapshot(),
      contact: this.#contacts.get(account)?.toSnapshot(),
    }));
  }

  /** For the people who are in the world now. The others are let go, and what waits on them rejects. */
  fromSnapshot(snapshot: DevicesSnapshot, who: FindAccount): void {
    const forgotten = new MockServerError(
      "MOCK_NOT_IN_WORLD",
      "A snapshot was restored that does not know this person or device: ask the server for it again",
    );
    const people = new Set(snapshot.map(({ phoneNumber }) => who(phoneNumber)));
    for (const [account, device] of this.#devices) {
      if (people.has(account)) continue;
      device.close(forgotten);
      this.#contacts.get(account)?.close(forgotten);
      for (const faces of [this.#devices, this.#phones, this.#contacts]) faces.delete(account);
    }
    for (const { phoneNumber, phone, contact } of snapshot) {
      const account = who(phoneNumber);
      this.deviceOf(account).fromSnapshot(phone);
      if (contact !== undefined || this.#contacts.has(account)) {
        this.contactOf(account).fromSnapshot(forgotten, contact);
      }
    }
  }

  /** Everybody who was asked for as a contact, in that order. */
  get contacts(): readonly Contact[] {
    return [...this.#contacts.values()];
  }

  /** Rejects everyone who waits for a message. */
  close(error: Error): void {
    for (const device of this.#devices.values()) device.close(error);
    for (const contact of this.#contacts.values()) contact.close(error);
  }
}

function known<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
