/** Reads one value of kept JSON, or throws a `NotRight` that says where it is not what it should be. */
export type Read<T> = (value: unknown, where: string) => T;

/** A value of kept JSON is not what it should be. */
export class NotRight extends Error {}

/** A number that passes, such as a time. */
export function number(what: string, passes: (value: number) => boolean): Read<number> {
  return (value, where) => {
    if (typeof value === "number" && Number.isFinite(value) && passes(value)) return value;
    throw new NotRight(`${where} is not ${what}`);
  };
}

export const flag: Read<boolean> = (value, where) => {
  if (typeof value === "boolean") return value;
  throw new NotRight(`${where} is not true or false`);
};

/** One of a few words. */
export function word<const Word extends string>(words: readonly Word[]): Read<Word> {
  return (value, where) => {
    const found = words.find((known) => known === value);
    if (found !== undefined) return found;
    throw new NotRight(`${where} is not one of those known here`);
  };
}

export function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, where) => (value === null ? null : read(value, where));
}

export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw new NotRight(`${where} is not a list`);
    return value.map((item, index) => read(item, `${where}[${index}]`));
  };
}

/** An object with these fields. Others are left out. */
export function record<T extends object>(fields: {
  readonly [Key in keyof T]-?: Read<T[Key]>;
}): Read<T> {
  return (value, where) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new NotRight(`${where} is not an object`);
    }
    const readers: Readonly<Record<string, Read<unknown>>> = fields;
    const entries = Object.entries(readers).map(([key, read]) => {
      if (!Object.hasOwn(value, key)) throw new NotRight(`${where}.${key} is missing`);
      return [key, read(Reflect.get(value, key), `${where}.${key}`)];
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The readers are those of `T`'s own fields.
    return Object.fromEntries(entries) as T;
  };
}
