import type { Disconnect } from "../disconnect.ts";

/** What the engine is told. An event with a generation that is not the current one changes nothing. */
export type EngineEvent =
  | { readonly type: "start" }
  /** A timer that was armed has fired, or may have: the engine looks at the time itself. */
  | { readonly type: "timer" }
  | { readonly type: "qr"; readonly generation: number }
  | { readonly type: "paired"; readonly generation: number }
  | { readonly type: "opened"; readonly generation: number }
  | { readonly type: "stable-timer"; readonly generation: number }
  | { readonly type: "closed"; readonly generation: number; readonly disconnect: Disconnect }
  /** An operator wants to go on. `force` overrides a ban's end and the connect budget. */
  | { readonly type: "resume"; readonly force?: boolean }
  | { readonly type: "stop" };
