import { Readable } from "node:stream";
import type { HttpResponse } from "../../http/route.ts";
import type { Fault } from "../fault.ts";
import { type TransferChoice, defineMediaFault, transfer } from "../media-fault.ts";
import { integer } from "../setting.ts";

interface MediaCutSettings extends TransferChoice {
  /** How much of a download gets through. */
  readonly percent: number;
}

export const mediaCut: Fault<"media-cut", MediaCutSettings> = defineMediaFault<
  "media-cut",
  MediaCutSettings
>({
  name: "media-cut",
  summary: "the connection ends in the middle of a file, or before an upload is confirmed",
  settings: {
    transfer,
    percent: integer({ doc: "how much of a download gets through", fallback: 50, max: 99 }),
  },
  async act(request, handle, { percent }) {
    return cutOff(await handle(request), percent);
  },
});

function cutOff(response: HttpResponse, percent: number): HttpResponse {
  const { body, headers } = response;
  const whole = body instanceof Readable ? Buffer.alloc(0) : Buffer.from(body ?? "");
  const beginning = whole.subarray(0, Math.floor((whole.length * percent) / 100));
  async function* part(): AsyncGenerator<Uint8Array> {
    yield beginning;
    throw new Error("The fault media-cut ends the connection here");
  }
  // The length stays that of the whole, so that the client knows something is missing.
  const length = { "content-length": whole.length };
  return { ...response, headers: { ...headers, ...length }, body: Readable.from(part()) };
}
