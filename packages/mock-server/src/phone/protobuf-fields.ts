import protobuf from "protobufjs/minimal.js";

/** The fields of a small protobuf message, by number. The last of each counts. */
export interface ProtobufFields {
  /** 0 when it is not there. */
  number(field: number): number;
  /** Throws when it is not there. */
  bytes(field: number): Buffer;
}

/** Throws for bytes that are no protobuf. */
export function readFields(encoded: Uint8Array): ProtobufFields {
  const numbers = new Map<number, number>();
  const blobs = new Map<number, Buffer>();
  const reader = protobuf.Reader.create(encoded);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if ((tag & 7) === 0) numbers.set(field, reader.uint32());
    else if ((tag & 7) === 2) blobs.set(field, Buffer.from(reader.bytes()));
    else reader.skipType(tag & 7);
  }
  return {
    number: (field) => numbers.get(field) ?? 0,
    bytes: (field) => {
      const found = blobs.get(field);
      if (found === undefined) throw new Error(`A Signal message lacks field ${field}`);
      return found;
    },
  };
}
