import type { proto } from "../../wire/baileys.ts";

/** A place on the map. */
export interface Place {
  /** In degrees, north of the equator. */
  readonly latitude: number;
  /** In degrees, east of Greenwich. */
  readonly longitude: number;
  /** What is there. @defaultValue not told */
  readonly name?: string;
  /** Where that is. @defaultValue not told */
  readonly address?: string;
}

export function locationMessage({ latitude, longitude, name, address }: Place): proto.IMessage {
  return {
    locationMessage: {
      degreesLatitude: latitude,
      degreesLongitude: longitude,
      ...(name === undefined ? {} : { name }),
      ...(address === undefined ? {} : { address }),
    },
  };
}

/** Somebody whose number is passed on. */
export interface ContactCard {
  /** What the card says. */
  readonly name: string;
  /** Digits with country code. */
  readonly phoneNumber: string;
}

/** A contact card, as vCard 3.0 with the number WhatsApp looks for. */
export function contactCardMessage({ name, phoneNumber }: ContactCard): proto.IMessage {
  const vcard = [
    "BEGIN:VCARD",
    "VERSION:3.0",
    `FN:${name}`,
    `TEL;type=CELL;waid=${phoneNumber}:+${phoneNumber}`,
    "END:VCARD",
  ].join("\n");
  return { contactMessage: { displayName: name, vcard } };
}
