import { UsageError } from "@motte/core/errors";
import type { AuthenticationCreds, SocketConfig, proto } from "@whiskeysockets/baileys";

/** What makes a socket's Signal repository, as Baileys' socket config takes it. */
export type MakeSignalRepository = SocketConfig["makeSignalRepository"];

/**
 * The values of Baileys that a store needs. The module itself fits, and so does a fork of it installed under
 * another name.
 */
export interface BaileysModule {
  initAuthCreds(): AuthenticationCreds;
  readonly proto: { readonly Message: { readonly AppStateSyncKeyData: AppStateSyncKeyCodec } };
  readonly DEFAULT_CONNECTION_CONFIG: { readonly makeSignalRepository: MakeSignalRepository };
}

export interface AppStateSyncKeyCodec {
  fromObject(object: { [name: string]: unknown }): proto.Message.AppStateSyncKeyData;
  encode(message: proto.Message.IAppStateSyncKeyData): { finish(): Uint8Array };
  decode(bytes: Uint8Array): proto.Message.AppStateSyncKeyData;
}

/** Imports `@whiskeysockets/baileys` when first needed, so that a fork can take its place. */
export async function importBaileys(): Promise<BaileysModule> {
  try {
    return await import("@whiskeysockets/baileys");
  } catch (error) {
    throw new UsageError(
      "USAGE_MISSING_PEER",
      "@whiskeysockets/baileys cannot be loaded: install it, or pass the fork you use as the option `baileys`",
      { cause: error },
    );
  }
}
