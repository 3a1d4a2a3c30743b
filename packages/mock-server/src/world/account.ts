import { MockServerError } from "../errors.ts";
import type { FindAccount, Parting } from "../snapshot/part.ts";
import { HOSTED_DEVICE, LID_SERVER, PN_SERVER, deviceJid, namespaceOf } from "../wire/jid.ts";
import { AppState, type AppStateSnapshot } from "./app-state.ts";
import { Companion, type CompanionSnapshot } from "./companion.ts";
import type { Device } from "./device.ts";
import type { Mailbox } from "./mailbox.ts";
import type { PrimaryDevice } from "./primary-device.ts";
import { AccountSettings, type SettingsSnapshot } from "./settings.ts";

export interface AccountParts {
  readonly name: string;
  readonly phoneNumber: string;
  readonly lidUser: string;
  readonly primary: (account: Account) => PrimaryDevice;
}

export interface AccountSnapshot {
  readonly lastDevice: number;
  /** By phone number. */
  readonly met: readonly string[];
  /** In the order they were linked; only the number of a device the server plays. */
  readonly linked: readonly (CompanionSnapshot | { readonly played: number })[];
  readonly appState: AppStateSnapshot;
  readonly settings: SettingsSnapshot;
}

/** What an account needs to be put back. */
export interface AccountTools {
  readonly who: FindAccount;
  readonly mailbox: () => Mailbox;
  /** The linked device with this number that the server plays. */
  readonly played: (account: Account, device: number) => Device;
}

// Baileys (libsignal.js) takes device 99 for a hosted one and throws for it on the ordinary servers.
const LAST_DEVICE = HOSTED_DEVICE - 1;

/** One person: a phone number, its hidden LID, a primary device, and the companions linked to it. */
export class Account {
  readonly name: string;
  readonly phoneNumber: string;
  readonly lidUser: string;
  readonly primary: PrimaryDevice;
  readonly appState: AppState = new AppState();
  readonly settings: AccountSettings = new AccountSettings();
  readonly #linked = new Map<number, Device>();
  readonly #met = new Set<Account>();
  #lastDevice = 0;

  constructor({ name, phoneNumber, lidUser, primary }: AccountParts) {
    this.name = name;
    this.phoneNumber = phoneNumber;
    this.lidUser = lidUser;
    this.primary = primary(this);
  }

  /** The user JID on the phone-number server. */
  get pn(): string {
    return this.jidOn(PN_SERVER);
  }

  get lid(): string {
    return this.jidOn(LID_SERVER);
  }

  jidOn(server: string, device = 0): string {
    const user = namespaceOf({ server }) === LID_SERVER ? this.lidUser : this.phoneNumber;
    return deviceJid({ user, server, device });
  }

  /** The primary device, then the linked ones in the order they were linked. */
  get devices(): readonly Device[] {
    return [this.primary, ...this.#linked.values()];
  }

  /** Those that take part in groups and statuses: a hosted device does not. */
  get groupDevices(): readonly Device[] {
    return this.devices.filter(({ device }) => device !== HOSTED_DEVICE);
  }

  device(device: number): Device | undefined {
    return device === 0 ? this.primary : this.#linked.get(device);
  }

  /** The linked devices that are real clients, in the order they were linked. */
  get companions(): readonly Companion[] {
    return [...this.#linked.values()].filter((each) => !each.played);
  }

  companion(device: number): Companion | undefined {
    const linked = this.#linked.get(device);
    return linked === undefined || linked.played ? undefined : linked;
  }

  /** The accounts that have this one in a chat: they hear of its new devices, its picture, its status. */
  get acquaintances(): ReadonlySet<Account> {
    return this.#met;
  }

  /** Puts two accounts in touch with each other. */
  meet(other: Account): void {
    if (other === this) return;
    this.#met.add(other);
    other.#met.add(this);
  }

  /** A device number that was never given out: like the real server, none is used twice. */
  reserveDevice(): number {
    if (this.#lastDevice === LAST_DEVICE) {
      throw new MockServerError(
        "MOCK_TOO_MANY_DEVICES",
        `This phone has linked ${LAST_DEVICE} devices in its life and has no number for another: use a second phone`,
      );
    }
    return ++this.#lastDevice;
  }

  /** The number of the one device Meta may run for a business. */
  reserveHostedDevice(): number {
    if (!this.#linked.has(HOSTED_DEVICE)) return HOSTED_DEVICE;
    throw new MockServerError(
      "MOCK_TOO_MANY_DEVICES",
      "This account has a hosted device, and there is only one: unlink it first",
    );
  }

  link(device: Device): void {
    this.#linked.set(device.device, device);
  }

  toSnapshot(parting: Parting): AccountSnapshot {
    return {
      lastDevice: this.#lastDevice,
      met: [...this.#met].map(({ phoneNumber }) => phoneNumber),
      linked: [...this.#linked.values()].map((device) =>
        device.played ? { played: device.device } : device.toSnapshot(parting.leftAt(device)),
      ),
      appState: this.appState.toSnapshot(),
      settings: this.settings.toSnapshot(parting.lastSeenAt(this)),
    };
  }

  fromSnapshot(snapshot: AccountSnapshot, { who, mailbox, played }: AccountTools): void {
    this.#lastDevice = snapshot.lastDevice;
    this.#met.clear();
    for (const number of snapshot.met) this.#met.add(who(number));
    this.#linked.clear();
    for (const linked of snapshot.linked) {
      if ("played" in linked) {
        this.link(played(this, linked.played));
        continue;
      }
      const companion = new Companion({ ...linked, account: this, mailbox: mailbox() });
      companion.fromSnapshot(linked);
      this.link(companion);
    }
    this.appState.fromSnapshot(snapshot.appState);
    this.settings.fromSnapshot(snapshot.settings, who);
  }

  unlink(device: Device): void {
    if (this.#linked.get(device.device) === device) this.#linked.delete(device.device);
  }
}
