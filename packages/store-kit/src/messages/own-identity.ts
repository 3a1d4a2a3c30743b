import { isUserJid, normalizeJid } from "./address.ts";

/** The account's own JIDs, shaped like Baileys' `creds.me`. */
export interface MeIdentity {
  readonly id: string;
  readonly lid?: string | null | undefined;
}

/** Which JIDs are the account itself, as far as known. */
export class OwnIdentity {
  readonly #forms = new Map<string, string>();
  readonly #ask: () => MeIdentity | undefined;

  constructor(me: MeIdentity | (() => MeIdentity | undefined) | undefined) {
    this.#ask = typeof me === "function" ? me : () => me;
  }

  /** Takes what Baileys says about the account; a later word replaces an earlier one per form. */
  learn(me: Partial<MeIdentity> | undefined): void {
    for (const jid of [me?.id, me?.lid]) {
      if (typeof jid !== "string") continue;
      const form = normalizeJid(jid);
      if (isUserJid(form)) this.#forms.set(serverOf(form), form);
    }
  }

  /** Reads the `me` option again: before pairing it has nothing to say. */
  refresh(): void {
    this.learn(this.#ask());
  }

  isMe(jid: string | null | undefined): boolean {
    if (!jid) return false;
    const form = normalizeJid(jid);
    return this.#forms.get(serverOf(form)) === form;
  }

  /** Every form of ours that is known. */
  forms(): readonly string[] {
    return [...this.#forms.values()];
  }

  /** True when `jid` is certainly somebody else: our own JID of that form is known and differs. */
  isOther(jid: string): boolean {
    const form = normalizeJid(jid);
    const own = this.#forms.get(serverOf(form));
    return own !== undefined && own !== form;
  }
}

function serverOf(jid: string): string {
  return jid.slice(jid.indexOf("@") + 1);
}
