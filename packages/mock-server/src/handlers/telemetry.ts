import type { StanzaFamily } from "../routing/router.ts";
import { acknowledged } from "./acknowledged.ts";

/** What clients report and only want confirmed: statistics and metrics. */
export const telemetry: StanzaFamily = [
  acknowledged("w:stats"),
  acknowledged("w:comms"),
  acknowledged("w:comms:chat"),
];
