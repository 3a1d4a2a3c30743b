import type { FaultName, FaultOptions, FaultRule, MockServerOptions } from "@motte/mock-server";
import type { FaultStage } from "./fault-stage.ts";
import type { ClientOptions } from "./watched-client.ts";

/** What the client is doing when the fault hits. */
export interface Provocation {
  /** As the table says it, like "sends a message". */
  readonly words: string;
  /** How far the client is before the fault is put in place. @defaultValue `"online"` */
  readonly from?: "unlinked" | "linked" | "online";
  /** Makes it happen, the fault being in place. A string that it resolves with goes into the observation. */
  act(stage: FaultStage, rule: FaultRule): Promise<string | void>;
}

/** One row of the table: a fault, what the client does meanwhile. What it is seen to do then stands in the README. */
export type FaultCase<Name extends FaultName = FaultName> = {
  readonly [Each in Name]: {
    readonly fault: Each;
    readonly settings?: FaultOptions<Each>;
    /** Settings that only the stage can give, made before the fault is put in place. */
    readonly stageSettings?: {
      /** As the table says it. */
      readonly words: string;
      make(stage: FaultStage): Promise<FaultOptions<Each>>;
    };
    readonly while: Provocation;
    /** Messages of unhandled rejections that Baileys leaves behind in some runs and not in others. */
    readonly mayReject?: readonly string[];
    /** What to wait for before the client connects again. */
    readonly beforeNext?: (stage: FaultStage, rule: FaultRule) => Promise<void>;
    readonly client?: ClientOptions;
    readonly server?: MockServerOptions;
    /** How long nothing may happen before it counts as a hang, in milliseconds. @defaultValue `7_000` */
    readonly hangMs?: number;
  };
}[Name];

/** Connects on a login that was made before. */
export const connects: Provocation = {
  words: "logs in",
  from: "linked",
  act: async (stage) => void (await stage.connect()),
};

/** Connects to be linked, and shows QR codes. */
export const pairs: Provocation = {
  words: "waits to be linked",
  from: "unlinked",
  act: async (stage) => void (await stage.connect()),
};

/** Does nothing but be online. */
export const idles: Provocation = { words: "is online", act: async () => {} };

/** Sends a message. */
export const sends: Provocation = {
  words: "sends a message",
  act: async ({ client, contact }) => {
    await client.sock.sendMessage(contact.pn, { text: "in the fault" });
  },
};
