export { messageCapping } from "./message-capping.ts";
export { reachoutTimelock } from "./reachout-timelock.ts";
