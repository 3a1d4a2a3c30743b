import { type Channel, channel } from "node:diagnostics_channel";
import type { SupervisedSocket } from "./supervised-socket.ts";
import type { Supervisor } from "./supervisor.ts";
import type { SupervisorEvent, SupervisorEvents } from "./supervisor-events.ts";

/** What a subscriber may do with a supervisor. */
export type MeasuredSupervisor = Pick<Supervisor<SupervisedSocket>, "health" | "metrics">;

/** What subscribers of the channel `motte:reconnect:<event>` get. */
export interface DiagnosticMessage {
  /** The supervisor it is about: to tell several apart, and to read its metrics. */
  readonly supervisor: MeasuredSupervisor;
  /** The event, without what would be a secret in a trace: sockets, codes, and errors as Baileys gave them. */
  readonly event: { readonly type: keyof SupervisorEvents<unknown> };
}

const CHANNELS: Readonly<Record<keyof SupervisorEvents<unknown>, Channel>> = {
  open: channel("motte:reconnect:open"),
  ready: channel("motte:reconnect:ready"),
  stable: channel("motte:reconnect:stable"),
  flapping: channel("motte:reconnect:flapping"),
  close: channel("motte:reconnect:close"),
  retry: channel("motte:reconnect:retry"),
  hold: channel("motte:reconnect:hold"),
  "give-up": channel("motte:reconnect:give-up"),
  qr: channel("motte:reconnect:qr"),
  "pairing-code": channel("motte:reconnect:pairing-code"),
  "state-change": channel("motte:reconnect:state-change"),
  "internal-error": channel("motte:reconnect:internal-error"),
};

/** Publishes an event on its channel. Without a subscriber that is one look at a flag. */
export function publish<S>(supervisor: MeasuredSupervisor, event: SupervisorEvent<S>): void {
  const subject = CHANNELS[event.type];
  if (!subject.hasSubscribers) return;
  const message: DiagnosticMessage = { supervisor, event: withoutSecrets(event) };
  subject.publish(message);
}

const SECRETS: ReadonlySet<string> = new Set(["sock", "qr", "code", "error"]);

function withoutSecrets<S>(event: SupervisorEvent<S>): DiagnosticMessage["event"] {
  const entries = Object.entries(event).filter(([name]) => !SECRETS.has(name));
  return { ...Object.fromEntries(entries), type: event.type };
}
