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
  /** Whether the machine has a network. While it has none, failures are not counted and tries are rare. */
  | { readonly type: "connectivity"; readonly online: boolean }
  /** Whose turn it is to use the credentials: the answer to `check-ownership`, or news about it. */
  | { readonly type: "ownership"; readonly verdict: "mine" | "theirs" | "unknown" }
  /** The answer to `refresh-version`: whether the next connect will use another client version. */
  | { readonly type: "version"; readonly changed: boolean }
  /** An operator wants to go on. `force` overrides a ban's end and the connect budget. */
  | { readonly type: "resume"; readonly force?: boolean }
  | { readonly type: "stop" };
