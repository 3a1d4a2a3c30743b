import type { MeIdentity } from "../messages/own-identity.ts";
import type { IdentityPair } from "./identities.ts";
import { userJid } from "./user-jid.ts";

/** Our own two forms, which nothing but our credentials may tie together. */
export class OwnPair {
  #pn: string | undefined;
  #lid: string | undefined;

  learn(me: Partial<MeIdentity> | undefined): IdentityPair | undefined {
    for (const user of [userJid(me?.id), userJid(me?.lid)]) {
      if (user?.form === "pn") this.#pn = user.jid;
      if (user?.form === "lid") this.#lid = user.jid;
    }
    return this.pair;
  }

  get pair(): IdentityPair | undefined {
    return this.#pn !== undefined && this.#lid !== undefined
      ? { pn: this.#pn, lid: this.#lid }
      : undefined;
  }

  has(jid: string): boolean {
    return jid === this.#pn || jid === this.#lid;
  }

  /** Whether a pair would tie one of our forms to somebody else's. */
  isTornBy({ lid, pn }: IdentityPair): boolean {
    return (lid === this.#lid) !== (pn === this.#pn);
  }
}
