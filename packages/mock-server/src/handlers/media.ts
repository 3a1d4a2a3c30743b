import { MEDIA_AUTH_TTL, MEDIA_TTL } from "../media/access.ts";
import { answerMediaRetry } from "../media/retry.ts";
import { MAX_UPLOAD_BYTES } from "../media/upload-route.ts";
import { ack, iqResult, node } from "../replies.ts";
import type { StanzaFamily } from "../routing/router.ts";

/** Where to upload and download, and requests to upload what has expired. */
export const media: StanzaFamily = [
  {
    during: "login",
    tag: "iq",
    xmlns: "w:m",
    type: "set",
    handle(stanza, login) {
      const { context } = login;
      const host = {
        hostname: context.endpoint.authority,
        type: "primary",
        maxContentLengthBytes: String(MAX_UPLOAD_BYTES),
      };
      const attrs = {
        auth: context.mediaAccess.issue(),
        ttl: String(MEDIA_TTL),
        auth_ttl: String(MEDIA_AUTH_TTL),
        max_buckets: "12",
        id: context.nextId(),
      };
      login.send(iqResult(stanza, [node("media_conn", attrs, [node("host", host)])]));
    },
  },
  {
    during: "login",
    tag: "receipt",
    type: "server-error",
    handle(stanza, login) {
      login.send(ack(stanza));
      login.companion.deliver(answerMediaRetry(stanza, login));
    },
  },
];
