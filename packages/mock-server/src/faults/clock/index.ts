export { clockJump } from "./clock-jump.ts";
export { skewedTime } from "./skewed-time.ts";
