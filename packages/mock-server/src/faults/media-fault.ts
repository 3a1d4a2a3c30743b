import type { HttpRequest, HttpResponse } from "../http/route.ts";
import { DOWNLOAD_PATH } from "../media/download-route.ts";
import { UPLOAD_PATH } from "../media/upload-route.ts";
import { type Fault, type FaultTools, defineFault } from "./fault.ts";
import { type Setting, type SettingsShape, choice } from "./setting.ts";

export type Transfer = "download" | "upload";

/** Which transfers a fault hits. */
export interface TransferChoice {
  /** Files the client fetches, or files it sends. */
  readonly transfer: Transfer;
}

type Handle = (request: HttpRequest) => Promise<HttpResponse>;

export interface MediaFaultDefinition<Name extends string, Settings> {
  readonly name: Name;
  readonly summary: string;
  readonly settings: SettingsShape<Settings>;
  /** What becomes of one transfer; `handle` lets the media host do its part. */
  readonly act: (
    request: HttpRequest,
    handle: Handle,
    settings: Settings,
    tools: FaultTools,
  ) => Promise<HttpResponse>;
}

/** The setting of every such fault. */
export const transfer: Setting<Transfer> = choice({
  doc: "what goes wrong",
  of: ["download", "upload"],
  fallback: "download",
});

/** A fault in the transfers of one direction. */
export function defineMediaFault<Name extends string, Settings extends TransferChoice>(
  definition: MediaFaultDefinition<Name, Settings>,
): Fault<Name, Settings> {
  const { act, ...rest } = definition;
  return defineFault<Name, "http", Settings>({
    ...rest,
    place: "http",
    arm: (given, tools) => ({
      matches: (request) => transferOf(request) === given.transfer,
      act: (request, handle) => act(request, handle, given, tools),
    }),
  });
}

export function transferOf({ method, path }: HttpRequest): Transfer | undefined {
  if (method === "GET" && DOWNLOAD_PATH.test(path)) return "download";
  return method === "POST" && UPLOAD_PATH.test(path) ? "upload" : undefined;
}
