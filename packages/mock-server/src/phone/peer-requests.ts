import { proto } from "../wire/baileys.ts";
import type { PhoneAppState } from "./app-state.ts";
import type { PhoneHistory } from "./history.ts";

/** A request of a companion to its phone. */
export interface PeerRequest {
  readonly id: string;
  readonly message: proto.IMessage;
}

/** What a phone answers from. */
export interface PhoneRecords {
  readonly appState: PhoneAppState;
  readonly history: PhoneHistory;
  readonly findMessage: (key: proto.IMessageKey) => proto.IWebMessageInfo | undefined;
}

const { Type: ProtocolType } = proto.Message.ProtocolMessage;
const { PeerDataOperationRequestType: RequestType } = proto.Message;

/** What a phone sends back to the companion that wrote this, in order; nothing for what is no request. */
export function answerPeerRequest(
  { id, message }: PeerRequest,
  records: PhoneRecords,
): proto.IMessage[] {
  const { protocolMessage } = message;
  if (protocolMessage?.appStateSyncKeyRequest) {
    return [records.appState.keyShareFor(protocolMessage.appStateSyncKeyRequest)];
  }
  const request = protocolMessage?.peerDataOperationRequestMessage;
  const type = request?.peerDataOperationRequestType;
  if (type === RequestType.HISTORY_SYNC_ON_DEMAND) {
    return records.history.onDemand(request?.historySyncOnDemandRequest ?? {}, id);
  }
  if (type === RequestType.PLACEHOLDER_MESSAGE_RESEND) {
    return [resent(request?.placeholderMessageResendRequest ?? [], id, records)];
  }
  return [];
}

type ResendRequest = proto.Message.PeerDataOperationRequestMessage.IPlaceholderMessageResendRequest;

/** One result for each message asked for; an empty one says that the phone does not have it. */
function resent(
  asked: readonly ResendRequest[],
  stanzaId: string,
  records: PhoneRecords,
): proto.IMessage {
  const peerDataOperationResult = asked.map(({ messageKey }) => {
    const found = messageKey && records.findMessage(messageKey);
    return found
      ? { placeholderMessageResendResponse: { webMessageInfoBytes: encoded(found) } }
      : { placeholderMessageResendResponse: {} };
  });
  return {
    protocolMessage: {
      type: ProtocolType.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE,
      peerDataOperationRequestResponseMessage: {
        peerDataOperationRequestType: RequestType.PLACEHOLDER_MESSAGE_RESEND,
        stanzaId,
        peerDataOperationResult,
      },
    },
  };
}

function encoded(info: proto.IWebMessageInfo): Uint8Array {
  return proto.WebMessageInfo.encode(info).finish();
}
