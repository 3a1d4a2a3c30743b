import type { Fault } from "../fault.ts";
import { type TransferChoice, defineMediaFault, transfer } from "../media-fault.ts";
import { integer } from "../setting.ts";

interface MediaStatusSettings extends TransferChoice {
  /** Like 401, 403, 404, 410, 500. */
  readonly status: number;
}

export const mediaStatus: Fault<"media-status", MediaStatusSettings> = defineMediaFault<
  "media-status",
  MediaStatusSettings
>({
  name: "media-status",
  summary: "the media host answers with an error and does nothing",
  settings: {
    transfer,
    status: integer({ doc: "like 401, 403, 404, 410, 500", fallback: 404, min: 400, max: 599 }),
  },
  act: (_request, _handle, { status }) =>
    Promise.resolve({ status, headers: { "content-length": 0, connection: "close" } }),
});
