import { Readable } from "node:stream";
import type { Clock } from "@motte/core/clock";
import type { HttpResponse } from "../../http/route.ts";
import type { Fault } from "../fault.ts";
import { type TransferChoice, defineMediaFault, transfer } from "../media-fault.ts";
import { integer } from "../setting.ts";

interface MediaSlowSettings extends TransferChoice {
  /** How long that takes, in milliseconds. */
  readonly forMs: number;
}

const PARTS = 10;

export const mediaSlow: Fault<"media-slow", MediaSlowSettings> = defineMediaFault<
  "media-slow",
  MediaSlowSettings
>({
  name: "media-slow",
  summary: "a file trickles in ten parts, or an upload is confirmed late",
  settings: {
    transfer,
    forMs: integer({ doc: "how long that takes, in milliseconds", fallback: 5_000 }),
  },
  async act(request, handle, { forMs, transfer: way }, { clock }) {
    const response = await handle(request);
    if (way === "download") return trickled(response, forMs, clock);
    await clock.sleep(forMs);
    return response;
  },
});

function trickled(response: HttpResponse, forMs: number, clock: Clock): HttpResponse {
  const { body } = response;
  if (!(body instanceof Uint8Array) || body.length === 0) return response;
  const step = Math.ceil(body.length / PARTS);
  async function* parts(file: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < file.length; start += step) {
      await clock.sleep(forMs / PARTS);
      yield file.subarray(start, start + step);
    }
  }
  return { ...response, body: Readable.from(parts(body)) };
}
