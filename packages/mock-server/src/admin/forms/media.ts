import type { ServerMedia } from "../../media/media.ts";
import type { proto } from "../../wire/baileys.ts";
import { type Schema, described, named } from "../schema/schema.ts";
import { variants } from "../schema/rules.ts";
import { object, optional } from "../schema/shapes.ts";
import { base64, choice, flag, integer, text } from "../schema/values.ts";

interface AnyMedia<Kind extends string> {
  readonly kind: Kind;
  readonly data: Buffer;
  readonly mimetype?: string;
  readonly directPath?: boolean;
}

interface Picture {
  readonly caption?: string;
  readonly width?: number;
  readonly height?: number;
}

/** A file for a message, in JSON. */
export type MediaForm =
  | (AnyMedia<"image"> & Picture)
  | (AnyMedia<"video"> & Picture & { readonly seconds?: number; readonly gif?: boolean })
  | (AnyMedia<"audio"> & { readonly seconds?: number; readonly voice?: boolean })
  | (AnyMedia<"document"> & {
      readonly fileName: string;
      readonly caption?: string;
      readonly pageCount?: number;
    })
  | (AnyMedia<"sticker"> & {
      readonly animated?: boolean;
      readonly width?: number;
      readonly height?: number;
    });

type FormOf<Kind extends MediaForm["kind"]> = Extract<MediaForm, { readonly kind: Kind }>;

const count = optional(integer({ min: 0, max: 0x7f_ff_ff_ff }));
const caption = optional(text());
const size = { width: count, height: count };
const file = {
  data: described(base64(), "The file as it is; the server encrypts and stores it"),
  mimetype: optional(text({ maxLength: 256 })),
  directPath: optional(
    described(flag(), "Name the file by its path below any media host; false: by a plain http URL"),
  ),
};

export const mediaForm: Schema<MediaForm> = named(
  "Media",
  variants<MediaForm>({
    image: object<FormOf<"image">>({ kind: choice(["image"]), ...file, ...size, caption }),
    video: object<FormOf<"video">>({
      kind: choice(["video"]),
      ...file,
      ...size,
      caption,
      seconds: count,
      gif: optional(flag()),
    }),
    audio: object<FormOf<"audio">>({
      kind: choice(["audio"]),
      ...file,
      seconds: count,
      voice: optional(flag()),
    }),
    document: object<FormOf<"document">>({
      kind: choice(["document"]),
      ...file,
      fileName: text({ maxLength: 256 }),
      caption,
      pageCount: count,
    }),
    sticker: object<FormOf<"sticker">>({
      kind: choice(["sticker"]),
      ...file,
      ...size,
      animated: optional(flag()),
    }),
  }),
);

/** Stores the file on the media host and makes the message that has it. */
export function mediaMessage(host: ServerMedia, form: MediaForm): proto.IMessage {
  const { data } = form;
  switch (form.kind) {
    case "image":
      return host.image(data, form);
    case "video":
      return host.video(data, form);
    case "audio":
      return host.audio(data, form);
    case "document":
      return host.document(data, form);
    case "sticker":
      return host.sticker(data, form);
  }
}
