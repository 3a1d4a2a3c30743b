export { aFleetSendsOneCanary } from "./fleet/canary.ts";
export { aFleetIsFair } from "./fleet/fairness.ts";
export { aFleetBoundsHandshakes } from "./fleet/handshakes.ts";
export { aFleetKeepsItsRate } from "./fleet/rate.ts";
