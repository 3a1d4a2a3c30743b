export { cut } from "./cut.ts";
export { streamError } from "./stream-error.ts";
