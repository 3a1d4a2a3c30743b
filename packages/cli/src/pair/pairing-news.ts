/** What the pairing's thread is asked to do. */
export interface PairingRequest {
  /** The store as it is named on the command line. */
  readonly store: string;
  readonly sessionId: string;
  /** The options that name the key of the store, or the key that was typed. */
  readonly keys: Readonly<Record<string, string>>;
  /** With it, pairs by code; digits only. */
  readonly phoneNumber: string | undefined;
  readonly url: string | undefined;
  readonly ca: string | undefined;
}

/** A step of a pairing. Plain JSON; ids are whole. */
export type PairingNews =
  | { readonly state: "connecting" }
  | {
      readonly state: "qr";
      readonly qr: string;
      readonly window: number;
      readonly expiresAt: string;
    }
  | {
      readonly state: "pairing-code";
      /** As phones show it: `ABCD-EFGH`. */
      readonly code: string;
      readonly window: number;
      readonly expiresAt: string;
    }
  | {
      readonly state: "closed";
      readonly cause: string;
      readonly code: number | undefined;
      readonly meaning: string;
    }
  | { readonly state: "waiting"; readonly delayMs: number }
  | { readonly state: "open" }
  | { readonly state: "problem"; readonly code: string | undefined; readonly message: string }
  | {
      readonly state: "paired";
      readonly id: string;
      readonly lid: string | undefined;
      /** Whether what the phone sends right after pairing has come in. */
      readonly synced: boolean;
    };

/** How a pairing ended. `given-up` says why in `message`; `failed` is an error with its code. */
export type PairingOutcome =
  | { readonly outcome: "paired" | "interrupted" }
  | {
      readonly outcome: "given-up" | "failed";
      readonly code: string | undefined;
      readonly message: string;
    };

/** What the thread says: news, and at the very end how it went. */
export type PairingMessage = PairingNews | PairingOutcome;
