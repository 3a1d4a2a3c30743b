import { type KeyObject, createSecretKey, scrypt } from "node:crypto";
import { UsageError } from "@motte/core/errors";
import { integerOption } from "@motte/core/options";
import { systemRandom } from "@motte/core/random";
import { openBox, sealBox } from "./box.ts";
import type { KeyProvider } from "./key-provider.ts";
import { KEY_BYTES } from "./secret-key.ts";

const SALT_BYTES = 16;
const BLOCK_SIZE = 8;
const LEAST_COST = 10;
// A gigabyte of memory; a stored cost beyond it is damage, or somebody who wants to stall us.
const HIGHEST_COST = 20;

export interface PassphraseKeyOptions {
  /** Tells passphrases apart when one replaces another. @defaultValue `"passphrase"` */
  readonly id?: string;
  /** scrypt's cost as a power of two; each step doubles time and memory. @defaultValue `17` (128 MiB, some tenths of a second) */
  readonly cost?: number;
}

/** Wraps data keys with a key that scrypt derives from a passphrase, under a salt of its own for every data key. */
export function passphraseKey(passphrase: string, options: PassphraseKeyOptions = {}): KeyProvider {
  const { id = "passphrase", cost = 17 } = options;
  integerOption("cost", cost, { min: LEAST_COST, max: HIGHEST_COST });
  if (passphrase === "") {
    throw new UsageError("USAGE_INVALID_OPTION", "The passphrase must not be empty");
  }
  // The same text typed on different systems comes in different Unicode forms.
  const secret = passphrase.normalize("NFKC");
  return {
    currentId: id,
    wrap: async (dataKey) => {
      const head = Buffer.concat([Buffer.of(cost), systemRandom.bytes(SALT_BYTES)]);
      return Buffer.concat([head, sealBox(await derive(secret, head), head, dataKey)]);
    },
    unwrap: async (wrappedUnder, wrapped) => {
      const head = wrapped.subarray(0, 1 + SALT_BYTES);
      const [stored = 0] = head;
      const known = wrappedUnder === id && stored >= LEAST_COST && stored <= HIGHEST_COST;
      if (!known) return null;
      return openBox(await derive(secret, head), head, wrapped.subarray(head.length)) ?? null;
    },
  };
}

function derive(passphrase: string, head: Uint8Array): Promise<KeyObject> {
  const [cost = 0] = head;
  const settings = { N: 2 ** cost, r: BLOCK_SIZE, p: 1, maxmem: 2 ** cost * BLOCK_SIZE * 256 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase, head.subarray(1), KEY_BYTES, settings, (error, key) => {
      if (error === null) resolve(createSecretKey(key));
      else reject(error);
    });
  });
}
