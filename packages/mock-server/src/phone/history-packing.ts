import { deflateSync } from "node:zlib";
import { encryptMedia } from "../media/encryption.ts";
import { directPathOf } from "../media/paths.ts";
import type { MediaStore } from "../media/store.ts";
import { proto } from "../wire/baileys.ts";
import type { HistoryPart } from "./history-sync.ts";

/** How a part of the history travels: inside its message, or as an encrypted file on the media host. */
export type HistoryTransport = "inline" | "file";

export interface PackingTools {
  readonly transport: HistoryTransport;
  readonly media: MediaStore;
  readonly newMediaKey: () => Buffer;
  /** The id of the request this answers. */
  readonly requestId?: string;
}

/** The message that hands a part of the history to a companion. */
export function packHistory(part: HistoryPart, tools: PackingTools): proto.IMessage {
  const { kind, ...content } = part;
  const syncType = proto.HistorySync.HistorySyncType[kind];
  const compressed = deflateSync(proto.HistorySync.encode({ ...content, syncType }).finish());
  const { requestId } = tools;
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType[kind],
        chunkOrder: content.chunkOrder,
        progress: content.progress,
        ...(requestId === undefined ? {} : { peerDataRequestSessionId: requestId }),
        ...(tools.transport === "inline"
          ? { initialHistBootstrapInlinePayload: compressed }
          : file(compressed, tools)),
      },
    },
  };
}

function file(
  compressed: Buffer,
  { media, newMediaKey }: PackingTools,
): proto.Message.IHistorySyncNotification {
  const { bytes, ...claims } = encryptMedia(compressed, newMediaKey(), "md-msg-hist");
  return { ...claims, directPath: directPathOf(media.add("md-msg-hist", bytes)) };
}
