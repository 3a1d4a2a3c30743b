import { mediaDownload } from "../media/download-route.ts";
import { mediaUpload } from "../media/upload-route.ts";
import type { HttpRoutes } from "./route.ts";

/** What clients find at the server over HTTP, one line per concern. What steers the server is in `admin/`. */
export const httpRoutes: readonly HttpRoutes[] = [mediaUpload, mediaDownload];
