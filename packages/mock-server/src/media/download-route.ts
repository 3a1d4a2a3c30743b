import { type HttpResponse, type HttpRoutes, json } from "../http/route.ts";
import { PICTURE_KIND } from "./paths.ts";
import type { StoredMedia } from "./store.ts";

export const DOWNLOAD_PATH: RegExp = /^\/v\/[\w.-]+\/(?<token>[\w-]{43})\.(?:enc|jpg)$/;

/** Downloads, whole or in part. The query is not looked at, but for an `auth` that is none of this server's. */
export const mediaDownload: HttpRoutes = [
  {
    method: "GET",
    path: DOWNLOAD_PATH,
    handle({ params, query, headers }, { media, mediaAccess }) {
      if (query.has("auth") && !mediaAccess.allows(query.get("auth"))) {
        return problem(403, "The auth of this download is none that media_conn gave");
      }
      const file = media.find(params["token"] ?? "");
      if (file === "unknown") return problem(404, "There was never such a file here");
      if (file === "expired") return problem(410, "This file has expired: ask for a new upload");
      return serve(file, headers.range);
    },
  },
];

function serve(file: StoredMedia, range: string | undefined): HttpResponse {
  const { bytes } = file;
  const common = {
    "content-type": file.kind === PICTURE_KIND ? "image/jpeg" : "application/octet-stream",
    "accept-ranges": "bytes",
  };
  if (range === undefined) {
    return { status: 200, headers: { ...common, "content-length": bytes.length }, body: bytes };
  }
  const part = partOf(range, bytes.length);
  if (part === undefined) {
    const headers = { ...common, "content-range": `bytes */${bytes.length}`, "content-length": 0 };
    return { status: 416, headers };
  }
  const headers = {
    ...common,
    "content-range": `bytes ${part.start}-${part.end}/${bytes.length}`,
    "content-length": part.end - part.start + 1,
  };
  return { status: 206, headers, body: bytes.subarray(part.start, part.end + 1) };
}

/** The bytes a `Range` header names, both ends included; `undefined` when there are none. */
function partOf(range: string, length: number): { start: number; end: number } | undefined {
  const { from = "", to = "" } = /^bytes=(?<from>\d*)-(?<to>\d*)$/.exec(range)?.groups ?? {};
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(length - Number(to), 0) : Number(from);
  const end = from === "" || to === "" ? length - 1 : Math.min(Number(to), length - 1);
  return start <= end ? { start, end } : undefined;
}

function problem(status: number, message: string): HttpResponse {
  const code = status === 403 ? "HTTP_FORBIDDEN" : "HTTP_NOT_FOUND";
  return json(status, { error: { code, message } });
}
