import { mediaDownload } from "../media/download-route.ts";
import { mediaUpload } from "../media/upload-route.ts";
import { health } from "./health.ts";
import type { HttpRoutes } from "./route.ts";

/** Everything the server does over HTTP, one line per concern. */
export const httpRoutes: readonly HttpRoutes[] = [health, mediaUpload, mediaDownload];
