/** The picture of a user or a group. */
export interface Picture {
  /** Another one for every picture. */
  readonly id: string;
  /** Where the media host has it, large and small. */
  readonly imagePath: string;
  readonly previewPath: string;
  /** Who may see it: the picture of a group is for everyone in it. */
  readonly visibleTo: PictureAudience;
}

/** Who may see a picture. */
export type PictureAudience = "everyone" | "nobody";

export interface PicturesSnapshot {
  readonly lastId: number;
  readonly pictures: readonly (readonly [string, Picture])[];
}

/** The profile pictures of one server, by the JID on the phone-number server or of the group. */
export class Pictures {
  readonly #pictures = new Map<string, Picture>();
  #lastId = 0;

  get(jid: string): Picture | undefined {
    return this.#pictures.get(jid);
  }

  /** @param now Seconds since the epoch, which ids are made of */
  set(jid: string, picture: Omit<Picture, "id">, now: number): Picture {
    this.#lastId = Math.max(this.#lastId + 1, now);
    const added = { ...picture, id: String(this.#lastId) };
    this.#pictures.set(jid, added);
    return added;
  }

  toSnapshot(): PicturesSnapshot {
    return { lastId: this.#lastId, pictures: [...this.#pictures] };
  }

  fromSnapshot({ lastId, pictures }: PicturesSnapshot): void {
    this.#lastId = lastId;
    this.#pictures.clear();
    for (const [jid, picture] of pictures) this.#pictures.set(jid, picture);
  }

  /** False when there was none. */
  remove(jid: string): boolean {
    return this.#pictures.delete(jid);
  }
}
