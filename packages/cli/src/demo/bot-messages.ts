/** What the bot's process tells the demo. Every message is plain JSON. */
export type BotReport =
  | { readonly type: "qr"; readonly qr: string }
  | { readonly type: "open"; readonly generation: number }
  | { readonly type: "closed"; readonly cause: string }
  | { readonly type: "message"; readonly id: string; readonly text: string }
  | { readonly type: "sent"; readonly id: string; readonly text: string }
  | { readonly type: "answered-retry"; readonly id: string }
  | { readonly type: "gave-up"; readonly sentence: string }
  | { readonly type: "failed"; readonly reason: string };

/** What the demo asks of the bot's process. */
export type BotRequest =
  { readonly type: "send"; readonly to: string; readonly text: string } | { readonly type: "stop" };
