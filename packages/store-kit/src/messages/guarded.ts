export { guarded } from "../sqlite/guarded.ts";
