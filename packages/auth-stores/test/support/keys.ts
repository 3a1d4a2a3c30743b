import type { AuthStateHandle } from "@motte/auth-stores";
import type { SignalDataTypeMap } from "@whiskeysockets/baileys";

/** Stores any value under any family, as code that Baileys' types do not know of does. */
export function setAny(
  { state }: Pick<AuthStateHandle, "state">,
  type: string,
  id: string,
  value: unknown,
): Promise<void> {
  const records: Record<string, unknown> = Object.create(null);
  records[id] = value;
  return Promise.resolve(state.keys.set({ [type]: records }));
}

/** Reads a record of any family. */
export async function getAny(
  { state }: Pick<AuthStateHandle, "state">,
  type: string,
  id: string,
): Promise<unknown> {
  const found: Record<string, unknown> = await state.keys.get(type as keyof SignalDataTypeMap, [
    id,
  ]);
  return found[id];
}
