import * as law from "../laws/holds.ts";
import type { Mutation } from "./mutation.ts";

export const mutations: readonly Mutation[] = [
  {
    law: law.bans,
    file: "engine/reduce.ts",
    from: "if (banned && !force) return stay(state);",
    to: "",
  },
  {
    law: law.openEndedHolds,
    file: "causes.ts",
    from: `meaning: "This device was removed from the account's linked devices.",
    credentials: "revoked",
    rule: holdFor.pairing,`,
    to: `meaning: "This device was removed from the account's linked devices.",
    credentials: "revoked",
    rule: { family: "back-off" },`,
  },
  {
    law: law.revocation,
    file: "causes.ts",
    from: `const refused = {
  credentials: "keep",`,
    to: `const refused = {
  credentials: "revoked",`,
  },
  {
    law: law.replacedIsHeld,
    file: "engine/reduce.ts",
    from: `if (verdict !== "mine") {`,
    to: `if (verdict === "theirs") {`,
  },
  {
    law: law.takeovers,
    file: "engine/reduce.ts",
    from: "if (takeovers.length >= most)",
    to: "if (takeovers.length > most)",
  },
  {
    law: law.takenCredentials,
    file: "engine/closed.ts",
    from: `state.reloadCredentials || cause === "replaced"`,
    to: `cause === "replaced"`,
  },
  {
    law: law.outdatedVersions,
    file: "policies/client-outdated.ts",
    from: `if (state.versionRefresh !== "unused")`,
    to: `if (state.versionRefresh === "asked")`,
  },
  {
    law: law.anotherVersionIsTried,
    file: "engine/reduce.ts",
    from: "if (changed) return connect(answered, moment);",
    to: "",
  },
  {
    law: law.qrWindows,
    file: "policies/qr-window.ts",
    from: "counted: false",
    to: "counted: true",
  },
  {
    law: law.refusals,
    file: "policies/refused.ts",
    from: "refusals >= max",
    to: "refusals > max",
  },
  {
    law: law.refusedBrowsers,
    file: "engine/closed.ts",
    from: `phase === "connecting" &&`,
    to: "",
  },
];
