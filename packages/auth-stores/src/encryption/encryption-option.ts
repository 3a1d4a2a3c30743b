import { assertKnownOptions } from "@motte/core/options";
import type { AuthBackend } from "../backend.ts";
import type { KeyProvider } from "./key-provider.ts";
import { type SealedOptions, sealed } from "./sealed.ts";
import { secretKey } from "./secret-key.ts";

export interface EncryptionOptions extends Omit<SealedOptions, "keys"> {
  /** 32 random bytes, the same as 64 hexadecimal digits, or a provider such as `passphraseKey("…")`. */
  readonly key: KeyProvider | Uint8Array | string;
}

/** The backend as `encryption` wants it. Throws a `UsageError` for a key that cannot be one. */
export function withEncryption(
  backend: AuthBackend,
  encryption: EncryptionOptions | undefined,
): AuthBackend {
  if (encryption === undefined) return backend;
  const { key, ...rest } = encryption;
  return sealed(backend, { ...rest, keys: keyProvider(key) });
}

/** Throws a `UsageError` for encryption options that cannot be; does nothing else. */
export function checkEncryption(encryption: EncryptionOptions | undefined): void {
  if (encryption === undefined) return;
  assertKnownOptions("encryption", encryption, ["key", "hideIds", "adopt", "rotateAfterWrites"]);
  keyProvider(encryption.key);
}

/** The provider of a key, which may be given as bytes or hexadecimal digits. */
export function keyProvider(key: EncryptionOptions["key"]): KeyProvider {
  return typeof key === "string" || key instanceof Uint8Array ? secretKey(key) : key;
}
