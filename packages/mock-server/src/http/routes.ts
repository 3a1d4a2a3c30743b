import { mediaDownload } from "../media/download-route.ts";
import { mediaUpload } from "../media/upload-route.ts";
import { adminPairing } from "../admin/pairing.ts";
import { adminState } from "../admin/state.ts";
import { adminTrust } from "../admin/trust.ts";
import { health } from "./health.ts";
import type { HttpRoutes } from "./route.ts";

/** Everything the server does over HTTP, one line per concern. */
export const httpRoutes: readonly HttpRoutes[] = [
  adminPairing,
  adminState,
  adminTrust,
  health,
  mediaUpload,
  mediaDownload,
];
