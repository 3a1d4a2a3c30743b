import type { AuthenticationState } from "@whiskeysockets/baileys";

/** Credentials and keys, as `useMultiFileAuthState` and its like return them. */
export interface AuthHandle {
  readonly state: AuthenticationState;
  readonly saveCreds: () => void | Promise<void>;
  /** Gives them up. */
  readonly close?: () => void | Promise<void>;
}

/**
 * Opens the credentials: once before the first connect, and again when another program may have used them meanwhile,
 * after the old ones are closed. A rejection is a failed attempt, and it is asked again.
 */
export type AuthSource = () => AuthHandle | Promise<AuthHandle>;
