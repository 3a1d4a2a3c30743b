import { deflateSync } from "node:zlib";
import { proto } from "../wire/baileys.ts";

/** What a phone knows that a new companion has to be told. */
export interface PhoneKnowledge {
  readonly appStateKey: { readonly id: Buffer; readonly data: Buffer };
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly people: readonly {
    readonly pn: string;
    readonly lid: string;
    readonly name: string;
  }[];
}

const { Type: ProtocolType } = proto.Message.ProtocolMessage;

/**
 * The messages a phone sends a companion after its first login, in this order: the key of the app state first,
 * then the history. Without history Baileys holds its events back for 20 seconds (chats.js: AwaitingInitialSync).
 */
export function firstSyncMessages(knowledge: PhoneKnowledge): proto.IMessage[] {
  const { people } = knowledge;
  return [
    keyShare(knowledge),
    history("INITIAL_BOOTSTRAP", {
      phoneNumberToLidMappings: people.map(({ pn, lid }) => ({ pnJid: pn, lidJid: lid })),
    }),
    history("PUSH_NAME", {
      pushnames: people.map(({ pn, name }) => ({ id: pn, pushname: name })),
    }),
    // Progress 100 ends Baileys' two minutes of waiting for more.
    history("RECENT", {}),
  ];
}

function keyShare({ appStateKey, now }: PhoneKnowledge): proto.IMessage {
  return {
    protocolMessage: {
      type: ProtocolType.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: {
        keys: [
          {
            keyId: { keyId: appStateKey.id },
            keyData: {
              keyData: appStateKey.data,
              fingerprint: { rawId: 1, currentIndex: 0, deviceIndexes: [0] },
              timestamp: now,
            },
          },
        ],
      },
    },
  };
}

/** History travels inside the message, compressed, so that no file has to be downloaded. */
function history(
  kind: "INITIAL_BOOTSTRAP" | "PUSH_NAME" | "RECENT",
  content: Omit<proto.IHistorySync, "syncType">,
): proto.IMessage {
  const progress = { chunkOrder: 1, progress: 100 };
  const syncType = proto.HistorySync.HistorySyncType[kind];
  const body = proto.HistorySync.encode({ syncType, ...progress, ...content }).finish();
  return {
    protocolMessage: {
      type: ProtocolType.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType[kind],
        ...progress,
        initialHistBootstrapInlinePayload: deflateSync(body),
      },
    },
  };
}
