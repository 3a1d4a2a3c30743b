import type { StanzaFamily } from "../routing/router.ts";
import { acknowledged } from "./acknowledged.ts";

/** Legal notices a user has seen, and contact QR codes. There are none. */
export const notices: StanzaFamily = [acknowledged("tos"), acknowledged("w:qr")];
