import { proto } from "../wire/baileys.ts";

/** Like `[2, 3000, 1035194821]`. */
export type ClientVersion = readonly [number, number, number];

/** What a client says of itself when it connects: the `ClientPayload` of its handshake, and its request for a code. */
export interface ClientInfo {
  /** The version of WhatsApp Web it claims to be: `version` in Baileys' configuration. */
  readonly version: ClientVersion;
  /** `"WEB"`, or `"ANDROID"` for Baileys with an Android `browser`. */
  readonly platform: string;
  /** `"WEB_BROWSER"`; `"DARWIN"` or `"WIN32"` for a desktop app that wants the full history. */
  readonly webSubPlatform: string | undefined;
  /** Like `"US"`. */
  readonly countryCode: string | undefined;
  /** Like `"en"`. */
  readonly languageCode: string | undefined;
  /** The name it gave itself (`pushName` in Baileys' configuration). */
  readonly pushName: string | undefined;
  /** The client asks for its news only later, with `<iq xmlns="passive">`: always so when it logs in. */
  readonly passive: boolean;
  /** The operating system it names when it is being linked: `browser[0]`. A login does not say it again. */
  readonly os: string | undefined;
  /** The browser it names when it is being linked, like `"CHROME"`: `browser[1]`, if WhatsApp has a name for it. */
  readonly browser: string | undefined;
  /** When it is being linked: whether it wants the whole history, `syncFullHistory`. */
  readonly requireFullSync: boolean | undefined;
  /** Like `"Chrome (Mac OS)"`: what the phone shows the user, once the client has asked for a pairing code. */
  readonly platformDisplay: string | undefined;
}

/** What the handshake says; the display name comes later, if at all. */
export type HandshakeInfo = Omit<ClientInfo, "platformDisplay">;

/** Reads what the handshake carried. Throws when the `DeviceProps` inside cannot be decoded. */
export function handshakeInfo(payload: proto.IClientPayload): HandshakeInfo {
  const { userAgent, webInfo, devicePairingData } = payload;
  const { appVersion, platform } = userAgent ?? {};
  const { primary, secondary, tertiary } = appVersion ?? {};
  const { UserAgent, WebInfo } = proto.ClientPayload;
  return {
    version: [primary ?? 0, secondary ?? 0, tertiary ?? 0],
    platform: UserAgent.Platform[platform ?? UserAgent.Platform.ANDROID] ?? String(platform),
    webSubPlatform: nameIn(WebInfo.WebSubPlatform, webInfo?.webSubPlatform),
    countryCode: userAgent?.localeCountryIso31661Alpha2 || undefined,
    languageCode: userAgent?.localeLanguageIso6391 || undefined,
    pushName: payload.pushName || undefined,
    passive: payload.passive ?? false,
    ...deviceProps(devicePairingData?.deviceProps),
  };
}

function deviceProps(
  bytes: Uint8Array | null | undefined,
): Pick<ClientInfo, "os" | "browser" | "requireFullSync"> {
  if (!bytes) return { os: undefined, browser: undefined, requireFullSync: undefined };
  const { os, platformType, requireFullSync } = proto.DeviceProps.decode(bytes);
  return {
    os: os || undefined,
    browser: nameIn(proto.DeviceProps.PlatformType, platformType),
    requireFullSync: requireFullSync ?? false,
  };
}

function nameIn(
  names: Readonly<Record<number, string | number>>,
  value: number | null | undefined,
): string | undefined {
  if (value === null || value === undefined) return undefined;
  return String(names[value] ?? value);
}
