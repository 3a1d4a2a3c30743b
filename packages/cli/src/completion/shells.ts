import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import type { CompletionScript } from "./script.ts";
import { zsh } from "./zsh.ts";

/** The shells that motte completes in. */
export const shells: ReadonlyMap<string, CompletionScript> = new Map([
  ["bash", bash],
  ["zsh", zsh],
  ["fish", fish],
]);
