import type { ServerContext } from "../context.ts";
import { setCapping, setTimelock } from "../handlers/mex-account.ts";
import { markDirty } from "../handlers/dirty.ts";
import { unlinkDevice } from "../news/devices.ts";
import { MockServerError } from "../errors.ts";
import type { Registration } from "../pairing/registration.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";
import type { DirtyType, MessageCapping, ReachoutTimelock } from "../world/settings.ts";
import type { PhoneAppState } from "./app-state.ts";
import { normalPairingCode, pairByCode } from "./code-pairing.ts";
import type { PhoneHistory } from "./history.ts";
import { linkCompanion } from "./linking.ts";
import { Person } from "./person.ts";
import { badQr, parsePairingQr } from "./pairing-qr.ts";
import type { SentCopy } from "./sent-copies.ts";
import type { VirtualPrimary } from "./virtual-primary.ts";

/** A device a phone has linked. */
export interface PairedCompanion {
  /** Its number among the phone's devices. */
  readonly device: number;
  /** Its device JID on the phone-number server, which the client keeps as `creds.me.id`. */
  readonly deviceJid: string;
  /** The same device under the hidden id, which the client keeps as `creds.me.lid`. */
  readonly deviceLid: string;
}

/** A linked device, and how it is now. */
export interface LinkedCompanion extends PairedCompanion {
  /** Whether it is logged in now. */
  readonly connected: boolean;
  /** Stanzas it has not confirmed yet: on their way, or waiting for its next login. */
  readonly queued: number;
}

/** How patient the phone is. */
export interface PairingOptions {
  /** How long the client may take for each answer. @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

export interface PhoneParts {
  readonly account: Account;
  readonly device: VirtualPrimary;
  readonly context: ServerContext;
  readonly onPaired: (companion: Companion) => void;
}

/** The phone of a person whose account a bot uses: links clients, and sends them what a phone sends. */
export class Phone extends Person {
  /** The settings the account's devices share, decrypted. */
  readonly appState: PhoneAppState;
  /** The chats that linked clients are given at their first login. */
  readonly history: PhoneHistory;
  readonly #account: Account;
  readonly #device: VirtualPrimary;
  readonly #context: ServerContext;
  readonly #onPaired: (companion: Companion) => void;

  /** @internal */
  constructor({ account, device, context, onPaired }: PhoneParts) {
    super(account, context);
    this.#account = account;
    this.appState = device.appState;
    this.history = device.history;
    this.#device = device;
    this.#context = context;
    this.#onPaired = onPaired;
  }

  /** The linked devices, connected or not, in the order they were linked. */
  get companions(): readonly LinkedCompanion[] {
    const { logins } = this.#context;
    return this.#account.companions.map((companion) => ({
      ...pairedCompanion(companion),
      connected: logins.has(companion),
      queued: companion.mailbox.waiting.length,
    }));
  }

  /** What linked clients sent to others, as the phone got its own encrypted copy of it. */
  get sentMessages(): readonly SentCopy[] {
    return this.#device.sentCopies;
  }

  /**
   * Scans the QR code of a waiting client and links it. Resolves when the client has signed and was told to
   * reconnect; it logs in by itself after that. Rejects with `MOCK_BAD_QR`, `MOCK_QR_EXPIRED` or
   * `MOCK_PAIRING_REFUSED`.
   */
  async scan(
    qrText: string,
    { timeoutMs = 10_000 }: PairingOptions = {},
  ): Promise<PairedCompanion> {
    const qr = parsePairingQr(qrText);
    const registration = this.#context.desk.claimRef(qr.ref);
    const sameClient =
      qr.noiseKey.equals(registration.noiseKey) &&
      qr.identityKey.equals(registration.keys.identityKey);
    if (!sameClient)
      throw badQr("The keys in this QR code are not those of the client that shows it");
    return this.#link({ registration, advSecret: qr.advSecret, timeoutMs });
  }

  /**
   * Enters the code a client shows, with or without its dash, and links the client. The client must have asked
   * for a code for this phone's number, no longer ago than `pairingCodeTtlMs`. Rejects with
   * `MOCK_WRONG_PAIRING_CODE`, `MOCK_PAIRING_CODE_EXPIRED`, `MOCK_NO_PAIRING_REQUEST` or `MOCK_PAIRING_REFUSED`.
   */
  async enterPairingCode(
    text: string,
    { timeoutMs = 10_000 }: PairingOptions = {},
  ): Promise<PairedCompanion> {
    const paired = await pairByCode({
      context: this.#context,
      phone: this.#device,
      phoneNumber: this.phoneNumber,
      code: normalPairingCode(text),
      timeoutMs,
    });
    return this.#link({ ...paired, timeoutMs });
  }

  /** The secret its clients make new-chat tokens (`cstoken`) with, 32 bytes. */
  get newChatSalt(): Buffer {
    return this.#context.world.trustedContacts.newChatSalt(this.#account);
  }

  /** Forbids the account to write to new people for a while, or lifts that; its clients hear of it. */
  setTimelock(timelock: ReachoutTimelock | undefined): void {
    setTimelock(this.#context, this.#account, timelock);
  }

  /** Limits how many new chats the account may start; its clients hear of it. */
  setCapping(capping: MessageCapping): void {
    setCapping(this.#context, this.#account, capping);
  }

  /** Tells the clients that a part of the account has to be fetched again, at once or at their next login. */
  markDirty(type: DirtyType): void {
    markDirty(this.#context, this.#account, type);
  }

  /** Ends the link to every device, as "log out" on the phone does. Their credentials are of no use afterwards. */
  async logOutCompanions(): Promise<void> {
    for (const companion of this.#account.companions) unlinkDevice(companion, this.#context);
  }

  /** Ends the link to one device, by its number. The others stay. Throws `MOCK_NO_COMPANION` when there is none. */
  async logOut(device: number): Promise<void> {
    const companion = this.#account.companion(device);
    if (companion === undefined) {
      throw new MockServerError("MOCK_NO_COMPANION", `This phone has no linked device ${device}`);
    }
    unlinkDevice(companion, this.#context);
  }

  async #link(request: {
    readonly registration: Registration;
    readonly advSecret: Buffer;
    readonly timeoutMs: number;
  }): Promise<PairedCompanion> {
    const companion = await linkCompanion({
      ...request,
      account: this.#account,
      phone: this.#device,
    });
    this.#onPaired(companion);
    return pairedCompanion(companion);
  }
}

/** @internal */
export function pairedCompanion({ device, pn, lid }: Companion): PairedCompanion {
  return { device, deviceJid: pn, deviceLid: lid };
}
