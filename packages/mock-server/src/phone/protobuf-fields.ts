import protobuf from "protobufjs/minimal.js";

/** The fields of a small protobuf message, by number. The last of each counts. */
export interface ProtobufFields {
  /** 0 when it is not there. */
  number(field: number): number;
  /** Throws when it is not there. */
  bytes(field: number): Buffer;
}

/** Fields with higher numbers are passed over. */
const HIGHEST = 15;

/** Throws for bytes that are no protobuf. The fields are parts of `encoded`. */
export function readFields(encoded: Buffer): ProtobufFields {
  const found: (number | Buffer | undefined)[] = [];
  const reader = protobuf.Reader.create(encoded);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field > HIGHEST || (wireType !== VARINT && wireType !== BYTES)) reader.skipType(wireType);
    else if (wireType === VARINT) found[field] = reader.uint32();
    else found[field] = part(encoded, reader);
  }
  return {
    number: (field) => {
      const value = found[field];
      return typeof value === "number" ? value : 0;
    },
    bytes: (field) => {
      const value = found[field];
      if (Buffer.isBuffer(value)) return value;
      throw new Error(`A Signal message lacks field ${field}`);
    },
  };
}

const VARINT = 0;
const BYTES = 2;

function part(encoded: Buffer, reader: protobuf.Reader): Buffer {
  const length = reader.uint32();
  const start = reader.pos;
  reader.skip(length);
  return encoded.subarray(start, start + length);
}
