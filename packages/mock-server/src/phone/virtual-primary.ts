import type { SeededRandom } from "@motte/core/random";
import { type ServerContext, unixTime } from "../context.ts";
import type { proto } from "../wire/baileys.ts";
import type { KeyPair } from "../wire/curve.ts";
import type { Account } from "../world/account.ts";
import type { Companion } from "../world/companion.ts";
import type { Device } from "../world/device.ts";
import type { PrimaryDevice } from "../world/primary-device.ts";
import { PhoneAppState, type PhoneAppStateSnapshot } from "./app-state.ts";
import { signKeyIndexList } from "./device-identity.ts";
import { firstSyncMessages } from "./first-sync.ts";
import { PhoneHistory, type PhoneHistorySnapshot } from "./history.ts";
import { answerPeerRequest } from "./peer-requests.ts";
import { VirtualDevice, type VirtualDeviceSnapshot } from "./virtual-device.ts";

export interface VirtualPrimarySnapshot extends VirtualDeviceSnapshot {
  readonly rawId: number;
  readonly appState: PhoneAppStateSnapshot;
  readonly history: PhoneHistorySnapshot;
}

/** Device 0 of an account: the person's phone. It signs the linked devices and shares keys and history with them. */
export class VirtualPrimary extends VirtualDevice implements PrimaryDevice {
  declare readonly device: 0;
  readonly appState: PhoneAppState;
  readonly history: PhoneHistory;
  #rawId: number;

  constructor(parts: {
    readonly account: Account;
    readonly seed: SeededRandom;
    readonly context: ServerContext;
  }) {
    super({ ...parts, device: 0 });
    const { account, context, seed } = parts;
    this.appState = new PhoneAppState({
      account,
      context,
      seed: seed.fork("app-state"),
      tellCompanions: (message) => this.#tellCompanions(message),
    });
    this.history = new PhoneHistory({ context, seed: seed.fork("history") });
    this.#rawId = newRawId(seed);
  }

  /** Stands for one installation of the app in what it signs for linked devices. */
  get rawId(): number {
    return this.#rawId;
  }

  override renewKeys(seed: SeededRandom): void {
    super.renewKeys(seed);
    this.#rawId = newRawId(seed);
  }

  /** As the person has set it: Baileys (chats.js) takes the name on a message of its own phone for its own. */
  override get pushName(): string {
    return this.appState.get("setting_pushName")?.pushNameSetting?.name ?? super.pushName;
  }

  get identityKey(): Buffer {
    return this.peer.identity.public;
  }

  /** The account's identity, which also signs its companions. */
  get identity(): KeyPair {
    return this.peer.identity;
  }

  signedKeyIndexList(): Buffer {
    return signKeyIndexList({
      account: this.identity,
      rawId: this.rawId,
      timestamp: Number(unixTime(this.context.clock)),
      keyIndexes: this.account.devices
        .filter(({ device }) => device > 0)
        .map((each) => each.device),
    });
  }

  async onCompanionReady(companion: Companion): Promise<void> {
    const messages = firstSyncMessages({
      appState: this.appState,
      history: this.history,
      people: this.context.world.accounts.filter((each) => each !== this.account),
    });
    for (const message of messages) await this.#tell(companion, message);
  }

  findMessage(key: proto.IMessageKey): proto.IWebMessageInfo | undefined {
    const copies = key.fromMe ? this.sentCopies : this.inbox.messages;
    const copy = copies.find(({ id }) => id === key.id);
    if (copy === undefined) return this.history.find(key.id ?? "");
    return { key, message: copy.message, messageTimestamp: Math.floor(copy.at / 1000) };
  }

  onHistoryConfirmed(messageId: string): void {
    this.history.onConfirmed(messageId);
  }

  protected override async onRequest(
    message: proto.IMessage,
    from: Device,
    id: string,
  ): Promise<void> {
    const records = {
      appState: this.appState,
      history: this.history,
      findMessage: (key: proto.IMessageKey) => this.findMessage(key),
    };
    for (const answer of answerPeerRequest({ id, message }, records))
      await this.#tell(from, answer);
  }

  override toSnapshot(): VirtualPrimarySnapshot {
    return {
      ...super.toSnapshot(),
      rawId: this.rawId,
      appState: this.appState.toSnapshot(),
      history: this.history.toSnapshot(),
    };
  }

  override fromSnapshot(snapshot: VirtualPrimarySnapshot): void {
    super.fromSnapshot(snapshot);
    this.#rawId = snapshot.rawId;
    this.appState.fromSnapshot(snapshot.appState);
    this.history.fromSnapshot(snapshot.history);
  }

  override close(error: Error): void {
    super.close(error);
    this.appState.close(error);
    this.history.close(error);
  }

  /** To those that have had their first sync; the others are told everything then. */
  async #tellCompanions(message: proto.IMessage): Promise<void> {
    for (const companion of this.account.companions) {
      if (companion.synced) await this.#tell(companion, message);
    }
  }

  async #tell(device: Device, message: proto.IMessage): Promise<void> {
    this.history.onSent(await this.sendToOwn(device, message), message);
  }
}

function newRawId(seed: SeededRandom): number {
  return seed.fork("raw-id").bytes(4).readUInt32BE() >>> 1;
}
