import { createPrivateKey, createPublicKey } from "node:crypto";
import type { AuthStateHandle } from "@motte/auth-stores";
import type { FindingCode } from "@motte/auth-stores/migration";
import type { SignalDataTypeMap } from "@whiskeysockets/baileys";
import { repairable } from "./repairable.ts";

type Keys = AuthStateHandle["keys"];

/** Records of one family that cannot be right. */
export interface Mismatch {
  readonly code: FindingCode;
  readonly type: keyof SignalDataTypeMap;
  readonly ids: readonly string[];
}

type Search = (keys: Keys) => Promise<Omit<Mismatch, "code">>;

const SEARCHES: Partial<Record<FindingCode, Search>> = {
  "pre-key-pair": (keys) => where(keys, "pre-key", (pair) => !belongTogether(pair)),
  "app-state-key-length": (keys) =>
    where(keys, "app-state-sync-key", ({ keyData }) => keyData?.length !== 32),
  "app-state-hash-length": (keys) =>
    where(keys, "app-state-sync-version", ({ hash }) => hash.length !== 128),
  "lid-mapping": async (keys) => ({ type: "lid-mapping", ids: await lonelyMappings(keys) }),
};

/** Finds the records behind those of the findings that are mended by taking records away. */
export async function mismatchedRecords(
  keys: Keys,
  codes: readonly FindingCode[],
): Promise<readonly Mismatch[]> {
  const found: Mismatch[] = [];
  for (const code of codes) {
    const search = repairable.has(code) ? SEARCHES[code] : undefined;
    if (search !== undefined) found.push({ code, ...(await search(keys)) });
  }
  return found.filter(({ ids }) => ids.length > 0);
}

async function where<Type extends keyof SignalDataTypeMap>(
  keys: Keys,
  type: Type,
  isWrong: (value: SignalDataTypeMap[Type]) => boolean,
): Promise<Omit<Mismatch, "code">> {
  const ids: string[] = [];
  for await (const [id, value] of keys.list(type)) if (isWrong(value)) ids.push(id);
  return { type, ids };
}

/** Mappings whose other half is missing or says something else. */
async function lonelyMappings(keys: Keys): Promise<readonly string[]> {
  const mappings = new Map<string, string>();
  for await (const [id, value] of keys.list("lid-mapping")) mappings.set(id, value);
  const suffix = "_reverse";
  return [...mappings].flatMap(([id, value]) => {
    const isReverse = id.endsWith(suffix);
    const other = isReverse ? value : value + suffix;
    const wanted = isReverse ? id.slice(0, -suffix.length) : id;
    return mappings.get(other) === wanted ? [] : [id];
  });
}

function belongTogether({
  public: publicKey,
  private: privateKey,
}: SignalDataTypeMap["pre-key"]): boolean {
  if (privateKey.length !== 32) return false;
  // libsignal puts a version byte before some public keys.
  const x = base64(publicKey.length === 33 ? publicKey.subarray(1) : publicKey);
  const jwk = { kty: "OKP", crv: "X25519", d: base64(privateKey), x };
  return (
    createPublicKey(createPrivateKey({ key: jwk, format: "jwk" })).export({ format: "jwk" }).x === x
  );
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
