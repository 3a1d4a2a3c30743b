import type { StanzaFamily } from "../routing/router.ts";
import { acknowledged } from "./acknowledged.ts";

/** Where a client wants to be woken, and what it says about the account. Nothing here needs either. */
export const pushConfig: StanzaFamily = [
  acknowledged("urn:xmpp:whatsapp:push"),
  acknowledged("urn:xmpp:whatsapp:account"),
];
