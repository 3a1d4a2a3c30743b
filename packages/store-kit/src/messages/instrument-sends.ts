import type { WAMessage, WASocket } from "@whiskeysockets/baileys";

/** The part of a socket that sends. */
export type InstrumentedSocket = Pick<WASocket, "sendMessage" | "relayMessage">;

/**
 * Puts `record`, which never throws or rejects, into the path of both ways to send.
 *
 * Both are needed: Baileys' `sendMessage` calls the `relayMessage` of its own closure, not the one on the socket
 * (messages-send.js), and shows its message only once it is sent.
 */
export function instrument(
  sock: InstrumentedSocket,
  record: (message: WAMessage) => void | Promise<void>,
): Disposable {
  const { sendMessage, relayMessage } = sock;

  const recordedSend: typeof sendMessage = async (...args) => {
    const sent = await sendMessage(...args);
    // It is on its way: nobody need wait for a store that is elsewhere.
    if (sent) void record(sent);
    return sent;
  };
  const recordedRelay: typeof relayMessage = async (jid, message, options) => {
    const { messageId, participant } = options;
    // A resend to one device names the device; what it resends is recorded already.
    const isNew = participant === undefined;
    const recordAs = (id: string): void | Promise<void> =>
      isNew ? record({ key: { remoteJid: jid, fromMe: true, id }, message }) : undefined;
    if (messageId) await recordAs(messageId);
    const id = await relayMessage(jid, message, options);
    if (!messageId) void recordAs(id);
    return id;
  };

  sock.sendMessage = recordedSend;
  sock.relayMessage = recordedRelay;
  return {
    [Symbol.dispose]: () => {
      // Somebody may have wrapped ours since; theirs stays.
      if (sock.sendMessage === recordedSend) sock.sendMessage = sendMessage;
      if (sock.relayMessage === recordedRelay) sock.relayMessage = relayMessage;
    },
  };
}
