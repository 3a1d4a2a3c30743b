import { assertKnownOptions } from "@motte/core/options";
import type { SeededRandom } from "@motte/core/random";
import type { ServerContext } from "../context.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";
import type { PersonOptions } from "../world/world.ts";
import { Contact } from "./contact.ts";
import { VirtualPrimary } from "./virtual-primary.ts";
import { Phone } from "./phone.ts";

export interface PeopleParts {
  readonly seed: SeededRandom;
  /** Asked for late: the world in it makes its devices here. */
  readonly context: () => ServerContext;
  readonly onPaired: (phone: Phone, companion: Companion) => void;
}

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
    const account = context.world.person("Contact", options);
    const device = this.deviceOf(account);
    return known(this.#contacts, account, () => {
      const seed = this.#parts.seed.fork(`linked devices ${account.phoneNumber}`);
      return new Contact({ account, device, seed, context });
    });
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
