import type { Account } from "../../world/account.ts";
import type { TrafficRecord } from "../traffic.ts";
import type { ServerContext } from "../../context.ts";

/** What the invariants look at. */
interface Aftermath {
  readonly context: ServerContext;
  /** The accounts whose clients the chaos was made for. */
  readonly accounts: readonly Account[];
  readonly traffic: TrafficRecord;
  /** Ids of the messages the bot says it dealt with, in order; `undefined` when it was not asked. */
  readonly heard: readonly string[] | undefined;
}

/** Something that must hold once the faults are over and everybody has had time to recover. */
export interface Invariant {
  /** In kebab case. */
  readonly name: string;
  readonly summary: string;
  /** What contradicts it, a line each, without numbers or text of messages. */
  violations(aftermath: Aftermath): readonly string[];
}
