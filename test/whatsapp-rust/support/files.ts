import { type WasmWhatsAppClient, encodeProto } from "whatsapp-rust-bridge";

/** What a message says of its file. */
export interface FileMessage {
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  readonly fileEncSha256: Uint8Array;
  readonly fileLength: number;
}

/** Uploads a document and sends it; gives the id of the message. The bytes are in base64. */
export async function sendFile(
  client: WasmWhatsAppClient,
  chat: string,
  bytes: string,
): Promise<string> {
  const uploaded = await client.uploadMedia(Buffer.from(bytes, "base64"), "document");
  const description = { mimetype: "application/octet-stream", fileName: "file.bin" };
  const documentMessage = { ...uploaded, ...description };
  return client.sendMessageBytes(chat, encodeProto("Message", { documentMessage }));
}

/** Downloads the document of a message, in base64. */
export async function downloadFile(
  client: WasmWhatsAppClient,
  file: FileMessage | undefined,
): Promise<string> {
  if (file === undefined) throw new Error("No such message with a file was heard");
  const bytes = await client.downloadMedia(
    file.directPath,
    file.mediaKey,
    file.fileSha256,
    file.fileEncSha256,
    file.fileLength,
    "document",
  );
  return Buffer.from(bytes).toString("base64");
}
