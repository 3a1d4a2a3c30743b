import { hasCode } from "@motte/core/errors";
import type { ServerContext } from "../context.ts";
import { HttpError } from "../http/errors.ts";
import { type HttpRequest, type HttpResponse, type HttpRoutes, json } from "../http/route.ts";
import { sha256 } from "./encryption.ts";
import { directPathOf } from "./paths.ts";
import type { StoredMedia } from "./store.ts";

/** What the hosts say in `media_conn` that they take. */
export const MAX_UPLOAD_BYTES = 104_857_600;

// Baileys (Defaults MEDIA_PATH_MAP), and what whatsmeow and whatsapp-rust use: /mms/image, /product/image,
// /pps/biz-cover-photo, /newsletter/newsletter-image. whatsmeow pads the token.
export const UPLOAD_PATH: RegExp =
  /^\/(?:mms|o1\/mms|product|pps|newsletter)\/(?<kind>[\w-]+)\/(?<token>[\w-]+)(?:=|%3D)*$/i;

/** Uploads, and what whatsmeow deletes when it has read it. */
export const mediaUpload: HttpRoutes = [
  { method: "POST", path: UPLOAD_PATH, handle: upload },
  {
    method: "DELETE",
    path: UPLOAD_PATH,
    handle(request, { media, mediaAccess }) {
      assertAuth(request, mediaAccess);
      media.remove(request.params["token"] ?? "");
      return json(200, {});
    },
  },
];

async function upload(request: HttpRequest, context: ServerContext): Promise<HttpResponse> {
  const { media, mediaAccess, partialUploads } = context;
  const { kind = "", token = "" } = request.params;
  assertAuth(request, mediaAccess);
  if (request.query.get("resume") === "1") {
    // whatsapp-rust asks before it uploads something large, and sends from there on.
    const known = media.find(token);
    if (typeof known !== "string") {
      return json(200, { resume: "complete", ...addressOf(known, context) });
    }
    return json(200, { resume: String(partialUploads.offset(token)) });
  }
  const bytes = await wholeFile(request, context);
  partialUploads.forget(token);
  if (sha256(bytes).toString("base64url") !== token) {
    throw new HttpError(
      "HTTP_BAD_REQUEST",
      "The token in the path is not the SHA-256 of the body, in base64url",
    );
  }
  return json(200, addressOf(media.add(kind, bytes), context));
}

/** The beginning that is there already, and the body. What is cut off again is the beginning next time. */
async function wholeFile(request: HttpRequest, { partialUploads }: ServerContext): Promise<Buffer> {
  const { token = "" } = request.params;
  const offset = Number(request.query.get("file_offset") ?? 0);
  const beginning = partialUploads.beginning(token, offset);
  if (beginning === undefined) {
    throw new HttpError(
      "HTTP_BAD_REQUEST",
      "The server has not so much of this file: ask with resume=1 where to go on",
    );
  }
  const parts = [beginning];
  try {
    for await (const chunk of request.chunks(MAX_UPLOAD_BYTES - offset)) parts.push(chunk);
  } catch (error) {
    if (hasCode(error, "HTTP_BODY_CUT_OFF")) partialUploads.keep(token, Buffer.concat(parts));
    throw error;
  }
  return Buffer.concat(parts);
}

function assertAuth({ query }: HttpRequest, access: ServerContext["mediaAccess"]): void {
  if (access.allows(query.get("auth"))) return;
  throw new HttpError(
    "HTTP_UNAUTHORIZED",
    "The auth of this upload is none that media_conn gave, or has expired: fetch media_conn again",
  );
}

function addressOf(file: StoredMedia, { endpoint }: ServerContext): Record<string, string> {
  const directPath = directPathOf(file);
  return { url: endpoint.url("https", directPath), direct_path: directPath, handle: file.token };
}
