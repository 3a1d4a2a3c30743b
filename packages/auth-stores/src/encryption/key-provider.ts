/**
 * Holds the keys that wrap data keys: a key in memory, or a callback to a key management service.
 *
 * Every promise must settle: a provider that talks to a network bounds its own calls. What it throws is taken for
 * a failure that may pass (`AUTH_STORE_UNAVAILABLE`), unless it is an `AuthStoreError`.
 */
export interface KeyProvider {
  /** Names the key that `wrap` uses. Stored in clear beside what it wrapped. */
  readonly currentId: string;
  /** Encrypts a data key of 32 bytes under the current key. They are wiped once this has settled, so keep no reference. */
  wrap(dataKey: Uint8Array): Promise<Uint8Array>;
  /** The data key that was wrapped under the key of this id; `null` when this provider has no key that opens it. */
  unwrap(id: string, wrapped: Uint8Array): Promise<Uint8Array | null>;
}
