import type { proto } from "../../wire/baileys.ts";

export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
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

export interface ContactCard {
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
