import type { Account } from "./account.ts";

/** What an account asks of strangers. */
export interface Restriction {
  readonly restricted: boolean;
  /** It lets in who shows a trusted-contact token. */
  readonly trustedContactTokens: boolean;
  /** It lets in who shows a new-chat token. */
  readonly newChatTokens: boolean;
}

/**
 * The restriction of an account, set by the test or by a flag in one of its names, so that a client of any kind can
 * ask for it: `restricted:<name>`, or `scenario:restricted,tc_enabled=0,cs_enabled=0:<name>`.
 */
export function restrictionOf(account: Account): Restriction {
  const names = [account.name, ...account.companions.map(({ pushName }) => pushName ?? "")];
  const flags = new Set(names.flatMap(flagsIn));
  return {
    restricted: account.settings.restricted || flags.has("restricted"),
    trustedContactTokens: !flags.has("tc_enabled=0"),
    newChatTokens: !flags.has("cs_enabled=0"),
  };
}

function flagsIn(name: string): readonly string[] {
  if (name.startsWith("restricted:")) return ["restricted"];
  return /^scenario:(?<flags>[^:]*):/.exec(name)?.groups?.["flags"]?.split(",") ?? [];
}
