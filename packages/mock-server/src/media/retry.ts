import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { unixTime } from "../context.ts";
import type { Login } from "../session/login.ts";
import { node } from "../replies.ts";
import { proto } from "../wire/baileys.ts";
import {
  type BinaryNode,
  attr,
  childBytes,
  requiredAttr,
  requiredChild,
} from "../wire/binary-node.ts";
import { mediaIn } from "./in-message.ts";
import { directPathOf } from "./paths.ts";

const { ResultType } = proto.MediaRetryNotification;
const TAG_BYTES = 16;
const IV_BYTES = 12;

/**
 * The phone's answer to a client that could not download a file: the phone uploads it again and says where it is, or
 * why it cannot. Request and answer are encrypted with a key that follows from that of the file, so the server could
 * not read them, were the phone not its own.
 */
export function answerMediaRetry(receipt: BinaryNode, login: Login): BinaryNode {
  const id = requiredAttr(receipt, "id");
  const rmr = requiredChild(receipt, "rmr");
  const answer = outcome(receipt, login);
  const t = unixTime(login.context.clock);
  return node("notification", { from: login.account.pn, id, type: "mediaretry", t }, [
    answer,
    node("rmr", rmr.attrs),
  ]);
}

function outcome(receipt: BinaryNode, { account, context }: Login): BinaryNode {
  const id = requiredAttr(receipt, "id");
  const rmr = requiredChild(receipt, "rmr");
  const key = {
    id,
    remoteJid: requiredAttr(rmr, "jid"),
    fromMe: attr(rmr, "from_me") === "true",
  };
  const message = account.primary.findMessage(key)?.message;
  const content = message && mediaIn(message)?.content;
  if (!content?.mediaKey || !content.fileEncSha256) return failed(ResultType.NOT_FOUND);
  const retryKey = retryKeyOf(content.mediaKey);
  if (!opens(receipt, retryKey, id)) return failed(ResultType.DECRYPTION_ERROR);
  const token = Buffer.from(content.fileEncSha256).toString("base64url");
  const file = context.media.restore(token);
  if (file === undefined) return failed(ResultType.NOT_FOUND);
  const plain = proto.MediaRetryNotification.encode({
    stanzaId: id,
    directPath: directPathOf(file),
    result: ResultType.SUCCESS,
  }).finish();
  const iv = context.random.for("media-keys").bytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", retryKey, iv).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return node("encrypt", {}, [node("enc_p", {}, sealed), node("enc_iv", {}, iv)]);
}

function failed(result: proto.MediaRetryNotification.ResultType): BinaryNode {
  return node("error", { code: String(result) });
}

/** Whether the client that asks has the key of the file. */
function opens(receipt: BinaryNode, key: Buffer, id: string): boolean {
  const encrypted = requiredChild(receipt, "encrypt");
  const sealed = childBytes(encrypted, "enc_p");
  const decipher = createDecipheriv("aes-256-gcm", key, childBytes(encrypted, "enc_iv", IV_BYTES));
  decipher.setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([
      decipher.update(sealed.subarray(0, -TAG_BYTES)),
      decipher.final(),
    ]);
    return proto.ServerErrorReceipt.decode(plain).stanzaId === id;
  } catch (error) {
    // The cipher's word for a wrong key.
    if (error instanceof Error) return false;
    throw error;
  }
}

function retryKeyOf(mediaKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", mediaKey, "", "WhatsApp Media Retry Notification", 32));
}
